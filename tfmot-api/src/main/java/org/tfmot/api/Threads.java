package org.tfmot.api;

import org.apiguardian.api.API;
import org.tensorflow.proto.ConfigProto;

/**
 * Thread counts of a session.
 *
 * @param intraOp threads within one operation; 0 leaves it to TensorFlow
 * @param interOp operations at the same time; 0 leaves it to TensorFlow
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record Threads(int intraOp, int interOp) {

  /** TensorFlow's own choice. */
  public static final Threads DEFAULT = new Threads(0, 0);

  /** One thread: the same inputs then give the same bits. */
  public static final Threads ONE = new Threads(1, 1);

  /** Refuses negative numbers. */
  public Threads {
    if (intraOp < 0 || interOp < 0) {
      throw new IllegalArgumentException(
          "threads must not be negative: " + intraOp + ", " + interOp);
    }
  }

  ConfigProto config() {
    return ConfigProto.newBuilder()
        .setIntraOpParallelismThreads(intraOp)
        .setInterOpParallelismThreads(interOp)
        .setUsePerSessionThreads(intraOp > 0 || interOp > 0)
        .build();
  }
}
