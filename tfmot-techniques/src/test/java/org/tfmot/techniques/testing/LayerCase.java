package org.tfmot.techniques.testing;

import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.techniques.testing.TestLayers.Body;
import org.tfmot.techniques.testing.TestLayers.Kind;

/**
 * Every kind of layer with a weight that the techniques know, each before a dense layer in a model
 * of its own: inputs {@code [2, 8]}, logits {@code [2, 3]}.
 */
public enum LayerCase {
  /** As TensorFlow makes it: a convolution of two dimensions, one of which has size 1. */
  CONV_1D("Conv2D", LayerBodies::conv1d),
  /** Over planes. */
  CONV_2D("Conv2D", LayerBodies::conv2d),
  /** Over volumes. */
  CONV_3D("Conv3D", LayerBodies::conv3d),
  /** Its weight has the outputs before the inputs. */
  CONV_2D_TRANSPOSED("Conv2DBackpropInput", LayerBodies::conv2dTransposed),
  /** Its weight has the outputs before the inputs. */
  CONV_3D_TRANSPOSED("Conv3DBackpropInputV2", LayerBodies::conv3dTransposed),
  /** A dense layer. */
  MATMUL("MatMul", LayerBodies::matMul),
  /** Its weight has the outputs before the inputs. */
  MATMUL_TRANSPOSED("MatMul", LayerBodies::matMulTransposed),
  /** One matrix for a batch of them. */
  BATCH_MATMUL("BatchMatMulV3", LayerBodies::batchMatMul),
  /** A weight of three dimensions, as in the heads of an attention. */
  EINSUM("Einsum", LayerBodies::einsum),
  /** An embedding. */
  GATHER("GatherV2", LayerBodies::gather),
  /** Two steps, one kernel. */
  RNN_CELL("MatMul", LayerBodies::rnn),
  /** Two steps, one kernel for all gates. */
  LSTM_CELL("MatMul", LayerBodies::lstm),
  /** Techniques have to be asked for it. */
  DEPTHWISE("DepthwiseConv2dNative", LayerBodies::depthwise);

  /** The batch size of the models. */
  public static final int BATCH = 2;

  /** The name of the layer's weight. */
  public static final String KERNEL = "layer/kernel";

  /** The name of the layer's operation; of a recurrent cell, of its first step. */
  public static final String OPERATION = "layer/op";

  private final String type;
  private final Body body;

  LayerCase(String type, Body body) {
    this.type = type;
    this.body = body;
  }

  /** The type of the layer's operation. */
  public String type() {
    return type;
  }

  /** A model with this layer; it can be trained. */
  public GraphModel model(Kind kind) {
    ConvolutionGradients.register();
    return TestLayers.model(
        kind,
        Shape.of(BATCH, 8),
        (layers, x) -> {
          Operand<TFloat32> y = body.build(layers, x);
          int width = (int) (y.shape().size() / BATCH);
          return layers.matMul("dense", LayerBodies.to(layers, y, BATCH, width), 3);
        });
  }
}
