package org.tfmot.api;

import java.util.ServiceLoader;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.GraphDef;
import org.tfmot.api.session.DilatedConvolutions;
import org.tfmot.api.session.GatherAxes;

/** The form in which a graph is trained: right gradients first, then what costs less time. */
final class TrainingGraphs {

  private TrainingGraphs() {}

  /** Returns a graph that computes the same, for one session that trains it. */
  static GraphDef rewrite(GraphDef graph, ConfigProto config) {
    GraphDef rewritten =
        DilatedConvolutions.rewrite(GatherAxes.rewrite(RandomNumbers.stopGradients(graph)));
    for (LiveGraphRewrite rewrite :
        ServiceLoader.load(LiveGraphRewrite.class, LiveGraphRewrite.class.getClassLoader())) {
      rewritten = rewrite.rewrite(rewritten, config);
    }
    return rewritten;
  }
}
