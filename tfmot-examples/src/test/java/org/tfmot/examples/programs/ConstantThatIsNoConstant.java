package org.tfmot.examples.programs;

import static org.tfmot.examples.programs.Judgement.*;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.summary.WeightSummary;

/**
 * Weights "z" whose dimensions and values do not fit: a million by a million from one value, -8 by
 * 4, 8 by 4 with half of the bytes. Reading them (WeightSummary) must be refused with the name "z",
 * or give a table; a bare overflow or BufferUnderflowException is not right.
 */
final class ConstantThatIsNoConstant implements UserProgram {
  @Override
  public void check() throws Exception {
    List<String> bad = new ArrayList<>();
    for (long[] shape : new long[][] {{1 << 20, 1 << 20}, {-8, 4}, {8, 4}}) {
      TensorShapeProto.Builder dims = TensorShapeProto.newBuilder();
      for (long d : shape) dims.addDim(TensorShapeProto.Dim.newBuilder().setSize(d));
      TensorProto.Builder value =
          TensorProto.newBuilder().setDtype(DataType.DT_FLOAT).setTensorShape(dims);
      if (shape[0] == 8)
        value.setTensorContent(TensorProtos.floats(Shape.of(16), wave(16)).getTensorContent());
      else value.addFloatVal(1);
      try {
        WeightSummary.of(
            graph(
                List.of(),
                placeholder(2, Math.abs(shape[0])),
                NodeBuilder.constant("z", value.build()),
                node("MatMul", "y", "x", "z")));
      } catch (RuntimeException e) {
        if (!message(e).contains("\"z\""))
          bad.add(Arrays.toString(shape) + " " + e.getClass().getSimpleName() + ": " + message(e));
      }
    }
    if (!bad.isEmpty()) throw wrong(bad.toString());
  }
}
