package org.tfmot.techniques.quantization;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.quantization.ranges.RowSamples;

/** Takes some rows of tensors while samples run through a model. */
final class SampledRows {

  private static final String NAME = "calibration/rows";
  private static final Map<String, DataType> FLOATS =
      Map.of("T", DataType.DT_FLOAT, "Tshape", DataType.DT_INT32);
  private static final Map<String, DataType> INTS = Map.of("T", DataType.DT_INT32);

  private final ModelEditor editor;
  private final Map<TensorRef, String> rows = new LinkedHashMap<>();
  private final Map<TensorRef, RowSamples> samples = new LinkedHashMap<>();

  /** Adds to a model what gives the rows. */
  SampledRows(ModelEditor editor, List<TensorRef> tensors) {
    this.editor = editor;
    for (TensorRef tensor : tensors) {
      String found = rowsOf(tensor);
      rows.put(tensor, found);
      samples.put(tensor, new RowSamples());
      editor.endpoints().operation(found);
    }
  }

  /** Every n-th row, so that there are no more than fit. */
  private String rowsOf(TensorRef tensor) {
    Map<String, DataType> shapeOf = Map.of("T", DataType.DT_FLOAT, "out_type", DataType.DT_INT32);
    String zeros = editor.addConstant(NAME + "/first", TensorProtos.ints(Shape.of(1), 0));
    String one = editor.addConstant(NAME + "/one", TensorProtos.ints(Shape.of(1), 1));
    String shape = editor.add("Shape", NAME + "/shape", shapeOf, tensor.toString());
    // A scalar has one row of one.
    String atLeastOne = concat(one, shape);
    String axis = editor.addConstant(NAME + "/axis", TensorProtos.ints(Shape.of(1), 0));
    String reversed =
        editor.add(
            "ReverseV2",
            NAME + "/reversed",
            Map.of("T", DataType.DT_INT32, "Tidx", DataType.DT_INT32),
            atLeastOne,
            axis);
    String last =
        editor.add(
            "Slice",
            NAME + "/last",
            Map.of("T", DataType.DT_INT32, "Index", DataType.DT_INT32),
            reversed,
            zeros,
            one);
    String width = editor.add("Maximum", NAME + "/width", INTS, last, one);
    String minusOne = editor.addConstant(NAME + "/all", TensorProtos.ints(Shape.of(1), -1));
    String all =
        editor.add("Reshape", NAME + "/matrix", FLOATS, tensor.toString(), concat(minusOne, width));
    String step = editor.add("Maximum", NAME + "/step", INTS, step(tensor), one);
    String ends = editor.add("Shape", NAME + "/end", shapeOf, all);
    String begin = editor.addConstant(NAME + "/begin", TensorProtos.ints(Shape.of(2), 0, 0));
    return editor.add(
        "StridedSlice",
        NAME + "/taken",
        Map.of("T", DataType.DT_FLOAT, "Index", DataType.DT_INT32),
        all,
        begin,
        ends,
        concat(step, one));
  }

  /** One row in so many that as many values are left as are wanted. */
  private String step(TensorRef tensor) {
    String size =
        editor.add(
            "Size",
            NAME + "/size",
            Map.of("T", DataType.DT_FLOAT, "out_type", DataType.DT_INT32),
            tensor.toString());
    String wanted =
        editor.addConstant(NAME + "/wanted", TensorProtos.ints(Shape.of(1), RowSamples.PER_SAMPLE));
    return editor.add("FloorDiv", NAME + "/ratio", INTS, size, wanted);
  }

  private String concat(String left, String right) {
    return editor.add(
        "ConcatV2",
        NAME + "/joined",
        Map.of("T", DataType.DT_INT32, "Tidx", DataType.DT_INT32, "N", 2),
        left,
        right,
        editor.addConstant(NAME + "/joined_axis", TensorProtos.scalar(0)));
  }

  /** Asks a run for the rows. */
  void fetch(Session.Runner runner) {
    rows.values().forEach(runner::fetch);
  }

  /** Takes the rows of a run, whose results begin at a place. */
  void take(Result result, int first) {
    int next = first;
    for (RowSamples taken : samples.values()) {
      int width = (int) result.get(next).shape().get(1);
      taken.add(TensorProtos.toFloats(TensorProtos.of(result.get(next++))), width);
    }
  }

  Map<TensorRef, RowSamples> samples() {
    return samples;
  }
}
