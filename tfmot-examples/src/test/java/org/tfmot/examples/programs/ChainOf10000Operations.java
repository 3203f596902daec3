package org.tfmot.examples.programs;

import static org.tfmot.examples.programs.Judgement.*;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.GraphModel;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.tflite.TfLiteConverter;

/**
 * A graph of 10,000 Identity operations in a row, as machine-made graphs can be. The TFLite
 * conversion must give a file, or refuse it saying that it is too long, deep or large; the JVM must
 * not end.
 */
final class ChainOf10000Operations implements UserProgram {
  @Override
  public void check() throws Exception {
    List<NodeDef> nodes =
        new ArrayList<>(
            List.of(
                placeholder(2, 8),
                NodeBuilder.constant("w", TensorProtos.floats(Shape.of(8, 4), wave(32))),
                node("MatMul", "c0", "x", "w")));
    for (int i = 1; i <= 10000; i++) nodes.add(node("Identity", "c" + i, "c" + (i - 1)));
    nodes.add(node("Identity", "y", "c10000"));
    GraphModel model = graph(List.of(), nodes.toArray(NodeDef[]::new));
    try {
      TfLiteConverter.of(model).convert();
    } catch (RuntimeException e) {
      refused(e, "long", "deep", "large", "10000", "10,000");
    }
  }
}
