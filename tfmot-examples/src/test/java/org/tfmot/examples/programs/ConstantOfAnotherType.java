package org.tfmot.examples.programs;

import static org.tfmot.examples.programs.Judgement.*;

import java.util.List;
import java.util.Map;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;

/**
 * A graph with a constant "z" that says FLOAT but holds a UINT32, and an operation on constants
 * that reads it, as a damaged file can have it. It must be refused with the node's name; the JVM
 * must not end.
 */
final class ConstantOfAnotherType implements UserProgram {
  @Override
  public void check() throws Exception {
    NodeDef z =
        NodeBuilder.op("Const", "z")
            .attr("dtype", DataType.DT_FLOAT)
            .attr(
                "value",
                TensorProto.newBuilder()
                    .setDtype(DataType.DT_UINT32)
                    .setTensorShape(TensorShapeProto.getDefaultInstance())
                    .setTensorContent(TensorProtos.floats(Shape.of(1), 7).getTensorContent())
                    .build())
            .build();
    try {
      run(
          graph(
              List.of(),
              placeholder(2, 8),
              z,
              NodeBuilder.constant("one", TensorProtos.scalar(1f)),
              node("Sub", "s", "one", "z"),
              node("Mul", "p", "x", "s"),
              node("Mul", "y", "p", "z")),
          Map.of("x", tensor(wave(16), 2, 8)));
    } catch (RuntimeException e) {
      refused(e, "\"z\"", "{node z}", "'z'");
      return;
    }
    throw wrong("a constant of another type than it says is taken");
  }
}
