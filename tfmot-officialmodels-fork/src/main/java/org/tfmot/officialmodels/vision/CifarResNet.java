package org.tfmot.officialmodels.vision;

import java.util.Locale;
import org.apiguardian.api.API;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.officialmodels.modeling.Layers;
import org.tfmot.officialmodels.modeling.Scopes;

/**
 * The ResNet v1 family for 32x32 images of He et al. (2015), section 4.2: depth 6n+2, three stages
 * of n basic blocks with 16, 32 and 64 filters. Where a stage begins with stride 2 the shortcut is
 * a 1x1 convolution (option B of the paper).
 *
 * <p>Input {@code image}: float32 [n,32,32,3], RGB in [0,1]; normalization is part of the graph.
 * Output {@code logits}: float32 [n,classes].
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class CifarResNet {

  /** The name of the input. */
  public static final String IMAGE = "image";

  /** The name of the output. */
  public static final String LOGITS = "logits";

  private static final int SIZE = 32;
  private static final int CHANNELS = 3;
  private static final int STAGES = 3;
  private static final int BASE_FILTERS = 16;
  private static final float BATCH_NORM_MOMENTUM = 0.9f;
  private static final float BATCH_NORM_EPSILON = 1e-5f;

  private final Ops tf;
  private final Scopes scopes;
  private final Layers layers;

  private CifarResNet(Ops tf, long seed) {
    this.tf = tf;
    this.scopes = new Scopes(tf);
    this.layers = new Layers(tf, scopes, seed, BATCH_NORM_MOMENTUM, BATCH_NORM_EPSILON);
  }

  /**
   * A model in training mode with fresh weights.
   *
   * @param depth 6n+2 layers: 20, 32, 44, 56, ...
   * @param classes how many logits
   * @param normalization the mean and deviation of each colour
   * @param seed of the initial weights
   * @throws IllegalArgumentException if the depth is not 6n+2
   */
  public static GraphModel build(int depth, int classes, Normalization normalization, long seed) {
    requireDepth("the depth of a CIFAR ResNet", depth);
    return GraphModel.build(
        tf -> new CifarResNet(tf, seed).define((depth - 2) / 6, classes, normalization));
  }

  static void requireDepth(String name, int depth) {
    if (depth < 8 || (depth - 2) % 6 != 0) {
      throw new IllegalArgumentException(
          name + " must be 6n+2 with n >= 1 (20, 32, 56, ...), not " + depth);
    }
  }

  private Endpoints define(int blocksPerStage, int classes, Normalization normalization) {
    Placeholder<TFloat32> image =
        tf.withName(IMAGE)
            .placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, SIZE, SIZE, CHANNELS)));
    Operand<TFloat32> x = normalization.apply(tf, scopes, image);
    x = relu("stem/relu", convNorm("stem", x, BASE_FILTERS, 3, 1));
    for (int stage = 0; stage < STAGES; stage++) {
      for (int block = 0; block < blocksPerStage; block++) {
        int stride = stage > 0 && block == 0 ? 2 : 1;
        String name = String.format(Locale.ROOT, "stage%d/block%d", stage + 1, block + 1);
        x = block(name, x, BASE_FILTERS << stage, stride);
      }
    }
    x = layers.globalAveragePool("global_average_pool", x);
    Operand<TFloat32> logits = layers.dense(LOGITS, x, classes);
    Endpoints.Builder endpoints =
        Endpoints.builder().input(IMAGE, image).output(LOGITS, logits).training(true);
    layers.updates().forEach(endpoints::update);
    return endpoints.build();
  }

  private Operand<TFloat32> block(String name, Operand<TFloat32> x, int filters, int stride) {
    Operand<TFloat32> shortcut =
        stride == 1 ? x : convNorm(name + "/shortcut", x, filters, 1, stride);
    Operand<TFloat32> y = relu(name + "/relu1", convNorm(name + "/conv1", x, filters, 3, stride));
    y = convNorm(name + "/conv2", y, filters, 3, 1);
    return relu(name + "/relu2", scopes.named(name + "/add").math.add(y, shortcut));
  }

  private Operand<TFloat32> convNorm(
      String name, Operand<TFloat32> x, int filters, int kernelSize, int stride) {
    return layers.batchNorm(
        name + "/batch_norm", layers.conv2d(name, x, filters, kernelSize, stride));
  }

  private Operand<TFloat32> relu(String name, Operand<TFloat32> x) {
    return scopes.named(name).nn.relu(x);
  }
}
