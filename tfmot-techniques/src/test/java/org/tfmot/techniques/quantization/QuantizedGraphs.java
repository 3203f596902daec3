package org.tfmot.techniques.quantization;

import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.Threads;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorProtos;

/** Reads graphs with simulated quantization. */
final class QuantizedGraphs {

  private QuantizedGraphs() {}

  /** The constant at an input of a node, such as the range of a fake-quantization node. */
  static float[] constant(GraphModel model, String node, int input) {
    return TensorProtos.toFloats(proto(model, node, input));
  }

  /** The shape of the constant at an input of a node. */
  static Shape shape(GraphModel model, String node, int input) {
    return TensorProtos.shape(proto(model, node, input));
  }

  static long bits(GraphModel model, String quantizer) {
    return node(model, quantizer).getAttrOrThrow("num_bits").getI();
  }

  static boolean narrow(GraphModel model, String quantizer) {
    return node(model, quantizer).getAttrOrThrow("narrow_range").getB();
  }

  static NodeDef node(GraphModel model, String name) {
    return new GraphEditor(model.graphDef()).node(name);
  }

  /** What a tensor is when the model answers. */
  static float[] fetch(GraphModel model, TFloat32 image, String tensor) {
    try (LiveModel live = model.open(Threads.ONE);
        var result = live.session().runner().feed(live.input("image"), image).fetch(tensor).run()) {
      return TensorProtos.toFloats(TensorProtos.of(result.get(0)));
    }
  }

  private static TensorProto proto(GraphModel model, String node, int input) {
    GraphEditor graph = new GraphEditor(model.graphDef());
    return graph.input(graph.node(node), input).getAttrOrThrow("value").getTensor();
  }
}
