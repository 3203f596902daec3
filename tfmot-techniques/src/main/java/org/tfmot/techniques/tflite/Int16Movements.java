package org.tfmot.techniques.tflite;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.functions.Moving;
import org.tfmot.techniques.functions.ScalarFunctions;
import org.tfmot.techniques.lowering.FakeQuant;
import org.tfmot.techniques.tflite.flatbuffer.BuiltinOperators;
import org.tfmot.techniques.tflite.flatbuffer.BuiltinOperators.Code;
import org.tfmot.techniques.weights.StaticTensors;

/**
 * Gives a file 16-bit operations that the runtime has and the converter has not: what joins or
 * copies values, whose kernels take them as they are, and exponentials.
 *
 * <p>In the graph, such an operation is marked as one that stays in float, and what it gives is
 * quantized: by its own quantizer, or again by that of its operand. In the file it then stands
 * between {@code DEQUANTIZE} and {@code QUANTIZE}, which are taken away. An operand of another
 * scale is brought to the result's by a {@code QUANTIZE} of integers, as the simulation rounds it.
 */
final class Int16Movements {

  private static final String QUANTIZER = "FakeQuantWithMinMaxVars";
  private static final int BITS = 16;

  /** The operations of a graph that have a quantizer of their own. */
  private static final Set<String> JOINING =
      Set.of("ConcatV2", "Pack", "PadV2", "Select", "SelectV2");

  /** Those that have the quantizer of their first operand. */
  private static final Set<String> COPYING =
      Set.of("BatchToSpaceND", "GatherNd", "Min", "MirrorPad", "ReverseV2", "SpaceToBatchND");

  /** Those that have a quantizer of their own, behind a quantized operand. */
  private static final Set<String> COMPUTING = Set.of("Exp");

  /** The operators in a file, with the first versions that take 16 bits. */
  private static final Map<String, Code> OPERATORS =
      Map.ofEntries(
          operator("BATCH_TO_SPACE_ND", 3),
          operator("CONCATENATION", 3),
          operator("EXP", 2),
          operator("GATHER_ND", 3),
          operator("MIRROR_PAD", 3),
          operator("PACK", 3),
          operator("PADV2", 3),
          operator("REDUCE_MIN", 3),
          operator("REVERSE_V2", 3),
          operator("SELECT", 1),
          operator("SELECT_V2", 1),
          operator("SPACE_TO_BATCH_ND", 3));

  /** Those that bring their operand to the result's scale themselves. */
  private static final Set<String> SCALING = Set.of("EXP");

  /** Operators that the converter moves before a {@code QUANTIZE}. */
  private static final Map<String, Code> MOVED =
      Map.of(
          "RESHAPE", BuiltinOperators.code("RESHAPE", 1),
          "TRANSPOSE", BuiltinOperators.code("TRANSPOSE", 4));

  private static final Code QUANTIZE = BuiltinOperators.code("QUANTIZE", 2);

  private final TfLiteModel model;
  private final Map<Integer, Integer> producers = new HashMap<>();
  private final Map<Integer, List<Integer>> readers = new HashMap<>();

  private Int16Movements(TfLiteModel model) {
    this.model = model;
    for (int i = 0; i < model.operators().size(); i++) {
      int place = i;
      TfLiteOperator operator = model.operators().get(i);
      operator.outputs().forEach(tensor -> producers.put(tensor, place));
      operator
          .inputs()
          .forEach(tensor -> readers.computeIfAbsent(tensor, t -> new ArrayList<>()).add(place));
    }
  }

  private static Map.Entry<String, Code> operator(String name, int version) {
    return Map.entry(name, BuiltinOperators.code(name, version));
  }

  /** Returns the graph in which such operations are marked, and quantized behind. */
  static GraphDef mark(GraphDef graphDef) {
    GraphEditor graph = new GraphEditor(graphDef);
    boolean any = false;
    for (NodeDef node : graphDef.getNodeList()) {
      NodeDef quantizer = node.containsAttr(ScalarFunctions.FLOAT) ? null : quantizer(graph, node);
      if (quantizer != null) {
        any = true;
        AttrValue yes = AttrValue.newBuilder().setB(true).build();
        NodeDef marked = quantized(graph, node, quantizer);
        graph.replace(marked.toBuilder().putAttr(ScalarFunctions.FLOAT, yes).build());
      }
    }
    return any ? graph.build() : graphDef;
  }

  /** Returns the quantizer of what an operation gives, if its operands are quantized, or null. */
  private static @Nullable NodeDef quantizer(GraphEditor graph, NodeDef node) {
    if (COPYING.contains(node.getOp())) {
      NodeDef own = quantizerBehind(graph, node);
      NodeDef operand = source(graph, node.getInput(0));
      return own == null || operand == null ? operand : own;
    }
    if (COMPUTING.contains(node.getOp())) {
      return source(graph, node.getInput(0)) == null ? null : quantizerBehind(graph, node);
    }
    boolean quantized =
        JOINING.contains(node.getOp())
            && !addsZeros(graph, node)
            && operands(node).allMatch(i -> source(graph, node.getInput(i)) != null);
    return quantized ? quantizerBehind(graph, node) : null;
  }

  /** Tells whether an operation puts zeros around a tensor, for which the converter has a form. */
  private static boolean addsZeros(GraphEditor graph, NodeDef node) {
    return node.getOp().equals("PadV2") && StaticTensors.isZero(graph.input(node, 2));
  }

  private static boolean moves(GraphEditor graph, NodeDef node) {
    return Moving.isMoving(node) || COPYING.contains(node.getOp()) || addsZeros(graph, node);
  }

  private static IntStream operands(NodeDef node) {
    return switch (node.getOp()) {
      case "Select", "SelectV2" -> IntStream.of(1, 2);
      case "PadV2" -> IntStream.of(0);
      default -> IntStream.range(0, (int) node.getAttrOrThrow("N").getI());
    };
  }

  /** Returns the 16-bit quantizer of a tensor that may have been moved since, or null. */
  static @Nullable NodeDef source(GraphEditor graph, String tensor) {
    NodeDef node = graph.producer(tensor);
    while (moves(graph, node) && !node.containsAttr(ScalarFunctions.FLOAT)) {
      node = graph.input(node, Moving.operand(node));
    }
    return isQuantizer(node) ? node : null;
  }

  private static @Nullable NodeDef quantizerBehind(GraphEditor graph, NodeDef node) {
    return graph.consumers(TensorRef.of(node.getName())).stream()
        .filter(Int16Movements::isQuantizer)
        .findFirst()
        .orElse(null);
  }

  private static boolean isQuantizer(NodeDef node) {
    return node.getOp().equals(QUANTIZER) && FakeQuant.bits(node) == BITS;
  }

  /** Returns a quantized operation, whose quantizer takes its name if it has none yet. */
  private static NodeDef quantized(GraphEditor graph, NodeDef node, NodeDef quantizer) {
    if (quantizerBehind(graph, node) != null) {
      return graph.node(node.getName());
    }
    String name = graph.uniqueName(node.getName() + "/moved");
    graph.add(graph.node(node.getName()).toBuilder().setName(name).build());
    graph.replace(quantizer.toBuilder().setName(node.getName()).setInput(0, name).build());
    return graph.node(name);
  }

  /** Returns the file in which they are of integers. */
  static TfLiteModel apply(TfLiteModel model) {
    TfLiteModel result = model;
    // One may read another: each turn takes those that stand between integers.
    for (TfLiteModel before = null; before != result; ) {
      before = result;
      result = new Int16Movements(result).apply();
    }
    return result;
  }

  private TfLiteModel apply() {
    for (int i = 0; i < model.operators().size(); i++) {
      TfLiteOperator operator = model.operators().get(i);
      int quantizer = quantizer(operator);
      if (quantizer >= 0 && OPERATORS.containsKey(operator.name()) && hasIntegers(operator)) {
        return contract(i, operator, quantizer);
      }
      if (quantizer >= 0 && followsMovement(operator)) {
        return quantizeFirst(i, operator, quantizer);
      }
    }
    return model;
  }

  /** Tells whether an operator moves a float result of an operation of this kind. */
  private boolean followsMovement(TfLiteOperator operator) {
    int moved = operator.inputs().get(0);
    Integer producer = producers.get(moved);
    String name = producer == null ? "" : model.operators().get(producer).name();
    return MOVED.containsKey(operator.name())
        && (OPERATORS.containsKey(name) || MOVED.containsKey(name))
        && readers.getOrDefault(moved, List.of()).size() == 1
        && !model.outputs().containsValue(moved);
  }

  /** Puts the {@code QUANTIZE} behind a moved tensor in front of what moves it. */
  private TfLiteModel quantizeFirst(int place, TfLiteOperator operator, int quantizer) {
    FileEdit edit = new FileEdit(model);
    int result = model.operators().get(quantizer).outputs().get(0);
    List<Integer> inputs = new ArrayList<>(operator.inputs());
    int first = edit.addScaled(tensor(result).name() + "/moved", inputs.get(0), result);
    edit.remove(place);
    edit.remove(quantizer);
    edit.add(place, QUANTIZE, List.of(inputs.get(0)), List.of(first));
    inputs.set(0, first);
    Code code = Objects.requireNonNull(MOVED.get(operator.name()));
    edit.addWithOptions(place, code, inputs, List.of(result));
    return edit.build();
  }

  /** Returns the {@code QUANTIZE} that alone reads a float result of an operator, or -1. */
  private int quantizer(TfLiteOperator operator) {
    int result = operator.outputs().get(0);
    List<Integer> users = readers.getOrDefault(result, List.of());
    if (!(OPERATORS.containsKey(operator.name()) || MOVED.containsKey(operator.name()))
        || !tensor(result).type().isFloat()
        || users.size() != 1
        || model.outputs().containsValue(result)) {
      return -1;
    }
    TfLiteOperator user = model.operators().get(users.get(0));
    boolean wide =
        user.name().equals("QUANTIZE") && tensor(user.outputs().get(0)).type() == TensorType.INT16;
    return wide ? users.get(0) : -1;
  }

  private boolean hasIntegers(TfLiteOperator operator) {
    return operator.inputs().stream()
        .filter(input -> tensor(input).type().isFloat())
        .allMatch(input -> integer(input) >= 0 || tensor(input).isConstant());
  }

  /** Returns the 16-bit tensor that a float one is dequantized from, or -1. */
  private int integer(int tensor) {
    Integer producer = producers.get(tensor);
    TfLiteOperator operator = producer == null ? null : model.operators().get(producer);
    if (operator == null || !operator.name().equals("DEQUANTIZE")) {
      return -1;
    }
    int source = operator.inputs().get(0);
    return tensor(source).type() == TensorType.INT16 ? source : -1;
  }

  private TfLiteModel contract(int place, TfLiteOperator operator, int quantizer) {
    FileEdit edit = new FileEdit(model);
    int result = model.operators().get(quantizer).outputs().get(0);
    List<Integer> inputs = new ArrayList<>();
    Set<Integer> dequantizers = new HashSet<>();
    edit.remove(place);
    for (int input : operator.inputs()) {
      if (!tensor(input).type().isFloat()) {
        inputs.add(input);
        continue;
      }
      String name = tensor(result).name() + "/operand" + inputs.size();
      int integer = integer(input);
      if (integer < 0) {
        inputs.add(edit.addConstant(name, integers(tensor(input), scale(result)), input, result));
        continue;
      }
      dequantizers.add(producers.get(input));
      if (scale(integer) == scale(result) || SCALING.contains(operator.name())) {
        inputs.add(integer);
      } else {
        int scaled = edit.addScaled(name, integer, result);
        edit.add(place, QUANTIZE, List.of(integer), List.of(scaled));
        inputs.add(scaled);
      }
    }
    edit.addWithOptions(
        place, Objects.requireNonNull(OPERATORS.get(operator.name())), inputs, List.of(result));
    edit.remove(quantizer);
    dequantizers.stream().filter(i -> isReadBy(i, place)).forEach(edit::remove);
    return edit.build();
  }

  /** Returns a constant's values in 16 bits, in the bytes of a file. */
  private static byte[] integers(TfLiteTensor constant, float scale) {
    FloatBuffer values = constant.data().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    ByteBuffer bytes =
        ByteBuffer.allocate(Short.BYTES * values.remaining()).order(ByteOrder.LITTLE_ENDIAN);
    while (values.hasRemaining()) {
      long rounded = Math.round(values.get() / (double) scale);
      bytes.putShort((short) Math.max(-Short.MAX_VALUE, Math.min(Short.MAX_VALUE, rounded)));
    }
    return bytes.array();
  }

  /** Tells whether one operator alone reads what another one gives. */
  private boolean isReadBy(int dequantizer, int place) {
    int copy = model.operators().get(dequantizer).outputs().get(0);
    return !model.outputs().containsValue(copy)
        && Stream.ofNullable(readers.get(copy)).flatMap(List::stream).allMatch(i -> i == place);
  }

  private float scale(int tensor) {
    return tensor(tensor).quantization().orElseThrow().scales().get(0);
  }

  private TfLiteTensor tensor(int index) {
    return model.tensors().get(index);
  }
}
