package org.tfmot.techniques.tflite;

import static org.tfmot.techniques.tflite.flatbuffer.SchemaFields.GRAPH_OPERATORS;
import static org.tfmot.techniques.tflite.flatbuffer.SchemaFields.MODEL_SUBGRAPHS;
import static org.tfmot.techniques.tflite.flatbuffer.SchemaFields.OPERATOR_OPTIONS;

import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.tfmot.techniques.lowering.SplitLowering;
import org.tfmot.techniques.tflite.flatbuffer.BuiltinOperators;
import org.tfmot.techniques.tflite.flatbuffer.FlatTable;

/**
 * Makes one {@code SPLIT} of the slices of a tensor that {@link SplitLowering} made for the
 * converter: XNNPACK takes a split of int8 and no such slice. The gates of a recurrent layer are
 * split in every step.
 */
final class SplitFusion {

  private static final BuiltinOperators.Code SPLIT = BuiltinOperators.code("SPLIT", 2);

  private final TfLiteModel model;
  private final List<FlatTable> tables;

  private SplitFusion(TfLiteModel model) {
    this.model = model;
    tables =
        FlatTable.root(ByteBuffer.wrap(model.toByteArray()))
            .getTables(MODEL_SUBGRAPHS)
            .get(0)
            .getTables(GRAPH_OPERATORS);
  }

  /**
   * A part of a tensor.
   *
   * @param operator that cuts it out
   * @param begin of the part along the axis
   */
  private record Part(int operator, Whole of, int begin) {}

  /** A tensor that is cut into parts of one size along an axis. */
  private record Whole(int tensor, int axis, int size) {}

  /** Returns the model with its slices of int8 that are parts of a split fused. */
  static TfLiteModel apply(TfLiteModel model) {
    return new SplitFusion(model).fuse();
  }

  private TfLiteModel fuse() {
    Map<Whole, Map<Integer, Part>> wholes = new LinkedHashMap<>();
    for (int i = 0; i < tables.size(); i++) {
      Part part = part(i);
      if (part != null) {
        wholes
            .computeIfAbsent(part.of(), of -> new LinkedHashMap<>())
            .putIfAbsent(part.begin(), part);
      }
    }
    wholes.values().removeIf(parts -> parts.size() < 2);
    if (wholes.isEmpty()) {
      return model;
    }
    FileEdit edit = new FileEdit(model);
    Map<Integer, Integer> axes = new HashMap<>();
    wholes.forEach(
        (whole, parts) -> {
          int axis = axes.computeIfAbsent(whole.axis(), a -> edit.addInt("split/axis" + a, a));
          fuse(edit, whole, parts, axis);
        });
    return edit.build();
  }

  private void fuse(FileEdit edit, Whole whole, Map<Integer, Part> parts, int axis) {
    Part first = parts.values().iterator().next();
    int like = output(first.operator());
    List<Integer> outputs = new ArrayList<>();
    int length = (int) model.tensors().get(whole.tensor()).shape().get(whole.axis());
    for (int begin = 0; begin < length; begin += whole.size()) {
      Part part = parts.get(begin);
      String unused = model.tensors().get(like).name() + "/unused" + begin;
      outputs.add(part == null ? edit.addLike(unused, like) : output(part.operator()));
    }
    parts.values().forEach(part -> edit.remove(part.operator()));
    edit.addSplit(first.operator(), SPLIT, List.of(axis, whole.tensor()), outputs);
  }

  private int output(int operator) {
    return model.operators().get(operator).outputs().get(0);
  }

  /** Returns the part that a slice along one axis is, or null. */
  private @Nullable Part part(int index) {
    TfLiteOperator operator = model.operators().get(index);
    if (!operator.name().equals("STRIDED_SLICE")
        || tables.get(index).getTable(OPERATOR_OPTIONS) == null) {
      return null;
    }
    TfLiteTensor input = model.tensors().get(operator.inputs().get(0));
    TfLiteTensor output = model.tensors().get(operator.outputs().get(0));
    int[] begin = ints(operator, 1);
    int[] end = ints(operator, 2);
    int[] strides = ints(operator, 3);
    int axis = begin.length - 1;
    if (input.type() != TensorType.INT8
        || axis < 0
        || end.length != begin.length
        || strides.length != begin.length
        || !scale(input).equals(scale(output))
        || !isOpenBefore(axis, tables.get(index).getTable(OPERATOR_OPTIONS))) {
      return null;
    }
    int size = end[axis] - begin[axis];
    boolean even =
        strides[axis] == 1
            && begin[axis] >= 0
            && size > 0
            && begin[axis] % size == 0
            && input.shape().get(axis) % size == 0
            && end[axis] <= input.shape().get(axis)
            && output.shape().get(axis) == size
            && output.shape().numDimensions() == input.shape().numDimensions();
    Whole whole = new Whole(operator.inputs().get(0), axis, size);
    return even ? new Part(index, whole, begin[axis]) : null;
  }

  /** Returns whether all dimensions before the axis are taken whole, and no mask says more. */
  private static boolean isOpenBefore(int axis, @Nullable FlatTable options) {
    int whole = (1 << axis) - 1;
    return options != null
        && options.getInt(0, 0) == whole
        && options.getInt(1, 0) == whole
        && options.getInt(2, 0) == 0
        && options.getInt(3, 0) == 0
        && options.getInt(4, 0) == 0;
  }

  private static Optional<List<Object>> scale(TfLiteTensor tensor) {
    return tensor.quantization().map(q -> List.of(q.scales(), q.zeroPoints()));
  }

  private int[] ints(TfLiteOperator operator, int input) {
    TfLiteTensor tensor = model.tensors().get(operator.inputs().get(input));
    IntBuffer data =
        tensor.type() == TensorType.INT32 ? tensor.data().asIntBuffer() : IntBuffer.allocate(0);
    int[] values = new int[data.remaining()];
    data.get(values);
    return values;
  }
}
