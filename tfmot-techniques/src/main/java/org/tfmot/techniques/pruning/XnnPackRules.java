package org.tfmot.techniques.pruning;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Graph;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.PassThrough;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.weights.StaticTensors;

/**
 * Rules for one operation to be computed with channels first, which XNNPACK's sparse inference
 * needs. The rules were tried on the runtime (2.18), each operation in a model of its own.
 */
final class XnnPackRules {

  private static final String DEPTHWISE = "DepthwiseConv2dNative";

  private static final Set<String> UNARY =
      Set.of(
          "Abs",
          "Ceil",
          "Elu",
          "Floor",
          "LeakyRelu",
          "Neg",
          "Relu",
          "Relu6",
          "ResizeBilinear",
          "Rint",
          "Round",
          "Sigmoid",
          "Square");

  private final GraphEditor editor;
  private final Graph graph;
  private final Set<String> dynamic;

  /**
   * Rules for a model in inference mode.
   *
   * @param graph the same with the shapes of tensors
   * @param dynamic the operations that depend on the inputs
   */
  XnnPackRules(GraphEditor editor, Graph graph, Set<String> dynamic) {
    this.editor = editor;
    this.graph = graph;
    this.dynamic = dynamic;
  }

  /** Returns the inputs of an operation that depend on the model's. */
  List<TensorRef> dynamicInputs(NodeDef node) {
    return node.getInputList().stream()
        .map(TensorRef::parse)
        .filter(tensor -> !tensor.isControl() && dynamic.contains(tensor.node()))
        .toList();
  }

  /** Returns the readers of an operation that lead to an output. */
  List<NodeDef> readers(NodeDef node) {
    return editor.consumers(node.getName()).stream()
        .filter(user -> dynamicInputs(user).stream().anyMatch(t -> t.node().equals(node.getName())))
        .toList();
  }

  /** Returns whether a subgraph may begin here: at a 3x3 convolution of images with stride 2. */
  boolean begins(NodeDef node) {
    return node.getOp().equals("Conv2D") && kernelIs(node, 3, 3, 3) && strides(node).equals("2x2");
  }

  /**
   * Returns whether a subgraph may end here: at an operation that reduces images to vectors, or
   * enlarges them.
   */
  boolean ends(NodeDef node) {
    return node.getOp().equals("DepthToSpace")
        || (node.getOp().equals("Mean") && shape(node.getInput(0)).numDimensions() == 4);
  }

  /** Returns whether an operation is a convolution whose zeros are left out. */
  boolean isPointwise(NodeDef node) {
    return node.getOp().equals("Conv2D") && kernelIs(node, 1, 1, -1);
  }

  /** The rule that an operation breaks; null if none. */
  @Nullable String broken(NodeDef node) {
    String op = node.getOp();
    if (attribute(node, "data_format").startsWith("NC")) {
      return "the channels have to be the last dimension";
    }
    if (UNARY.contains(op) || PassThrough.isPassThrough(node)) {
      return null;
    }
    return switch (op) {
      case "Conv2D" -> convolution(node);
      case DEPTHWISE -> depthwise(node);
      case "Pad" -> pad(node);
      case "PadV2" ->
          StaticTensors.isZero(editor.input(node, 2)) ? pad(node) : "it has to pad with zeros";
      case "Mean" -> mean(node);
      case "DepthToSpace" -> null;
      case "Add", "AddV2", "Mul" -> dynamicInputs(node).size() == 2 ? images(node) : folded(node);
      case "BiasAdd", "FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3" -> folded(node);
      default -> "XNNPACK's sparse inference has no operation of this type";
    };
  }

  private @Nullable String convolution(NodeDef node) {
    if (begins(node)) {
      return padding(node) == 1
          ? null
          : "the convolution at the beginning needs zeros all around, one row or column each: a Pad"
              + " of 1 and padding VALID, not "
              + attribute(node, "padding");
    }
    if (!isPointwise(node)) {
      return "a convolution has to be 1x1, or at the beginning 3x3 with stride 2 over 3 channels,"
          + " not "
          + describe(node);
    }
    if (!strides(node).equals("1x1")) {
      return "a 1x1 convolution has to have stride 1, not " + strides(node);
    }
    Shape kernel = shape(node.getInput(1));
    Shape images = shape(node.getInput(0));
    if (images.numDimensions() != 4 || images.get(3) < 0) {
      return "the number of channels that a 1x1 convolution reads has to be known";
    }
    if (images.get(3) != kernel.get(2)) {
      return "a 1x1 convolution must not have groups";
    }
    return padding(node) == 0 ? null : "a 1x1 convolution must not be padded";
  }

  private @Nullable String depthwise(NodeDef node) {
    Shape kernel = shape(node.getInput(1));
    if (kernel.numDimensions() != 4) {
      return "its kernel has to be known";
    }
    long size = kernel.get(0);
    boolean known = (size == 3 || size == 5) && kernel.get(1) == size && kernel.get(3) == 1;
    if (!known) {
      return "a depthwise convolution has to be 3x3 or 5x5 with multiplier 1, not %dx%d with %d"
          .formatted(size, kernel.get(1), kernel.get(3));
    }
    if (!Set.of("1x1", "2x2").contains(strides(node)) || dilated(node)) {
      return "a depthwise convolution has to have stride 1 or 2 and no dilation";
    }
    return padding(node) == size / 2
        ? null
        : "a %dx%d depthwise convolution with stride %s needs %d zeros on each side: %s"
            .formatted(
                size,
                size,
                strides(node),
                size / 2,
                "padding SAME with stride 1, or a Pad and padding VALID");
  }

  private @Nullable String pad(NodeDef node) {
    List<NodeDef> readers = readers(node);
    boolean fused =
        readers.size() == 1
            && (begins(readers.get(0)) || readers.get(0).getOp().equals(DEPTHWISE))
            && attribute(readers.get(0), "padding").equals("VALID");
    return fused ? null : "a Pad has to belong to one convolution with padding VALID";
  }

  private @Nullable String mean(NodeDef node) {
    int[] axes = StaticTensors.ints(editor.input(node, 1));
    Arrays.sort(axes);
    return Arrays.equals(axes, new int[] {1, 2})
        ? null
        : "a Mean has to be over height and width, given as the dimensions 1 and 2, not "
            + Arrays.toString(axes);
  }

  private @Nullable String images(NodeDef node) {
    for (TensorRef input : dynamicInputs(node)) {
      if (shape(input.toString()).numDimensions() != 4) {
        return "both sides have to have four dimensions";
      }
    }
    return null;
  }

  /** Returns why the converter cannot fold an operation into the convolution before it, or null. */
  private @Nullable String folded(NodeDef node) {
    NodeDef before = node;
    while (!before.getOp().equals("Conv2D") && !before.getOp().equals(DEPTHWISE)) {
      List<TensorRef> inputs = dynamicInputs(before);
      boolean foldable = before.equals(node) || isFoldable(before);
      if (inputs.size() != 1 || !foldable) {
        return "it has to follow a convolution that it can be folded into, not \"%s\""
            .formatted(before.getName());
      }
      before = editor.node(inputs.get(0).node());
      if (readers(before).size() != 1) {
        return "it cannot be folded into \"%s\", which others read, too"
            .formatted(before.getName());
      }
    }
    return null;
  }

  private boolean isFoldable(NodeDef node) {
    return PassThrough.isPassThrough(node)
        || Set.of("Add", "AddV2", "Mul", "BiasAdd").contains(node.getOp())
        || node.getOp().startsWith("FusedBatchNorm");
  }

  /**
   * Returns the rows and columns of zeros that a convolution sees on each side; -1 if it varies.
   */
  private int padding(NodeDef node) {
    Shape kernel = shape(node.getInput(1));
    return switch (attribute(node, "padding")) {
      case "SAME" ->
          strides(node).equals("1x1") && kernel.get(0) % 2 == 1 ? (int) kernel.get(0) / 2 : -1;
      case "EXPLICIT" -> uniform(node.getAttrOrThrow("explicit_paddings").getList().getIList());
      default -> {
        NodeDef before = editor.input(node, 0);
        boolean padded = before.getOp().equals("Pad") || before.getOp().equals("PadV2");
        yield padded ? uniform(longs(StaticTensors.ints(editor.input(before, 1)))) : 0;
      }
    };
  }

  /** The number that all of height's and width's paddings are, with none elsewhere; or -1. */
  private static int uniform(List<Long> paddings) {
    if (paddings.size() != 8) {
      return -1;
    }
    long side = paddings.get(2);
    List<Long> wanted = List.of(0L, 0L, side, side, side, side, 0L, 0L);
    return paddings.equals(wanted) ? (int) side : -1;
  }

  private boolean kernelIs(NodeDef node, long height, long width, long channels) {
    Shape kernel = shape(node.getInput(1));
    return kernel.numDimensions() == 4
        && kernel.get(0) == height
        && kernel.get(1) == width
        && (channels < 0 || kernel.get(2) == channels)
        && !dilated(node);
  }

  private String describe(NodeDef node) {
    Shape kernel = shape(node.getInput(1));
    return kernel.numDimensions() == 4
        ? "%dx%d with stride %s over %d channels"
            .formatted(kernel.get(0), kernel.get(1), strides(node), kernel.get(2))
        : "one whose kernel changes";
  }

  private static String strides(NodeDef node) {
    List<Long> strides = node.getAttrOrThrow("strides").getList().getIList();
    return strides.get(1) + "x" + strides.get(2);
  }

  private static boolean dilated(NodeDef node) {
    AttrValue dilations = node.getAttrOrDefault("dilations", AttrValue.getDefaultInstance());
    return dilations.getList().getIList().stream().anyMatch(dilation -> dilation != 1);
  }

  private static String attribute(NodeDef node, String name) {
    return node.getAttrOrDefault(name, AttrValue.getDefaultInstance()).getS().toStringUtf8();
  }

  /** The shape as far as TensorFlow can tell. */
  private Shape shape(String tensor) {
    TensorRef reference = TensorRef.parse(tensor);
    return graph.operationOrThrow(reference.node()).output(reference.index()).shape();
  }

  private static List<Long> longs(int[] values) {
    return values.length == 0
        ? Collections.emptyList()
        : Arrays.stream(values).mapToObj(Long::valueOf).toList();
  }
}
