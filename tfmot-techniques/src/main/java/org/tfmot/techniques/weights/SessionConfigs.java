package org.tfmot.techniques.weights;

import org.apiguardian.api.API;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.GraphOptions;
import org.tensorflow.proto.OptimizerOptions;
import org.tensorflow.proto.OptimizerOptions.Level;
import org.tensorflow.proto.RewriterConfig;

/** Session configurations. */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class SessionConfigs {

  /**
   * The graph runs as it is. To optimize a large one takes TensorFlow seconds, which a graph that
   * runs once does not give back, nor one that some hundred samples calibrate.
   */
  public static final ConfigProto UNOPTIMIZED =
      ConfigProto.newBuilder()
          .setGraphOptions(
              GraphOptions.newBuilder()
                  .setOptimizerOptions(OptimizerOptions.newBuilder().setOptLevel(Level.L0))
                  .setRewriteOptions(RewriterConfig.newBuilder().setDisableMetaOptimizer(true)))
          .build();

  private SessionConfigs() {}
}
