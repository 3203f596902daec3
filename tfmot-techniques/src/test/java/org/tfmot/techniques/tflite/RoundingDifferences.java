package org.tfmot.techniques.tflite;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorProtos;

/**
 * Finds where an int8 file and the simulation first round differently: compares all inner tensors
 * that bear the name of a quantizer, example by example, and counts a difference for the operator
 * whose operands are equal in both.
 *
 * @param shares by kind of operator, the share of values that differ although all operands are
 *     equal
 * @param farther the same of values that differ by more than one step
 * @param worst the largest such difference, in steps
 * @param compared how many tensors of the file were compared
 */
public record RoundingDifferences(
    Map<String, Double> shares, Map<String, Double> farther, int worst, int compared) {

  /**
   * Runs both on a batch of examples.
   *
   * @param delegated whether XNNPACK runs the file, or the runtime's own kernels
   */
  public static RoundingDifferences of(
      GraphModel quantized,
      TfLiteModel file,
      Map<String, ? extends Tensor> batch,
      boolean delegated) {
    Counter counter = new Counter(quantized, file, batch);
    counter.count(batch, delegated);
    return counter.differences();
  }

  /** The largest share of all kinds. */
  public double largest() {
    return shares.values().stream().mapToDouble(Double::doubleValue).max().orElse(0);
  }

  private static final class Counter {
    private final TfLiteModel file;
    private final Map<Integer, String> quantizers = new HashMap<>();
    private final Map<String, float[]> simulated = new HashMap<>();
    private final Map<String, long[]> shapes = new HashMap<>();
    private final Map<String, long[]> counts = new TreeMap<>();
    private int worst;

    Counter(GraphModel quantized, TfLiteModel file, Map<String, ? extends Tensor> batch) {
      this.file = file;
      GraphEditor graph = new GraphEditor(quantized.graphDef());
      for (TfLiteOperator operator : file.operators()) {
        for (int output : operator.outputs()) {
          String suffix = operator.name().equals("QUANTIZE") ? "" : "/fake_quant";
          String quantizer = quantizer(graph, file.tensors().get(output), suffix);
          if (quantizer != null && operator.outputs().size() == 1) {
            quantizers.put(output, quantizer);
          }
        }
      }
      List<String> names = quantizers.values().stream().distinct().toList();
      if (names.isEmpty()) {
        return;
      }
      try (LiveModel live = quantized.open()) {
        Session.Runner runner = live.runner(batch);
        names.forEach(runner::fetch);
        try (Result result = runner.run()) {
          for (int i = 0; i < names.size(); i++) {
            simulated.put(names.get(i), TensorProtos.toFloats(TensorProtos.of(result.get(i))));
            shapes.put(names.get(i), result.get(i).shape().asArray());
          }
        }
      }
    }

    /**
     * The quantizer with the tensor's scale that one of the nodes in its name is, or has behind it.
     */
    private static @Nullable String quantizer(
        GraphEditor graph, TfLiteTensor tensor, String suffix) {
      if (tensor.type() != TensorType.INT8 || tensor.quantization().isEmpty()) {
        return null;
      }
      double scale = tensor.quantization().get().scales().get(0);
      String found = null;
      for (String part : tensor.name().split(";", -1)) {
        NodeDef node = graph.find(part.replaceAll(":\\d+$", "") + suffix);
        if (node != null && node.getOp().equals("FakeQuantWithMinMaxVars")) {
          double width = (double) number(graph, node, 2) - number(graph, node, 1);
          found = Math.abs(width / 255 / scale - 1) < 1e-4 ? node.getName() : found;
        }
      }
      return found;
    }

    private static float number(GraphEditor graph, NodeDef node, int input) {
      return TensorProtos.toFloats(graph.input(node, input).getAttrOrThrow("value").getTensor())[0];
    }

    void count(Map<String, ? extends Tensor> batch, boolean delegated) {
      Map<String, byte[]> inputs = new HashMap<>();
      batch.forEach((name, tensor) -> inputs.put(name, RuntimeTensors.bytes(tensor)));
      int examples = (int) batch.values().iterator().next().shape().get(0);
      try (RuntimeTensors tensors = new RuntimeTensors(file, delegated)) {
        for (int example = 0; example < examples; example++) {
          int number = example;
          inputs.forEach(
              (name, bytes) -> {
                int length = bytes.length / examples;
                tensors.data(file.inputs().get(name)).put(bytes, number * length, length);
              });
          tensors.invoke();
          count(tensors, example, examples);
        }
      }
    }

    private void count(RuntimeTensors tensors, int example, int examples) {
      boolean[] differs = new boolean[file.tensors().size()];
      for (TfLiteOperator operator : file.operators()) {
        boolean before = operator.inputs().stream().anyMatch(in -> in >= 0 && differs[in]);
        for (int output : operator.outputs()) {
          String quantizer = quantizers.get(output);
          float[] expected =
              quantizer != null && isShaped(file.tensors().get(output), quantizer)
                  ? simulated.get(quantizer)
                  : null;
          ByteBuffer got = tensors.data(output);
          int length = got.remaining();
          if (expected == null || expected.length != (long) length * examples) {
            differs[output] = before;
            continue;
          }
          int different = 0;
          int farther = 0;
          for (int i = 0; i < length; i++) {
            int steps = steps(file.tensors().get(output), expected[example * length + i]);
            int difference = Math.abs(steps - got.get(i));
            different += difference > 0 ? 1 : 0;
            farther += difference > 1 ? 1 : 0;
            worst = before ? worst : Math.max(worst, difference);
          }
          if (!before) {
            long[] count = counts.computeIfAbsent(operator.name(), name -> new long[3]);
            count[0] += different;
            count[1] += farther;
            count[2] += length;
          }
          differs[output] = different > 0;
        }
      }
    }

    /** The converter may turn a tensor behind an operator and not before it. */
    private boolean isShaped(TfLiteTensor tensor, String quantizer) {
      long[] simulated = shapes.get(quantizer);
      long[] inFile = tensor.shape().asArray();
      boolean equal = simulated.length == inFile.length;
      for (int i = 1; equal && i < inFile.length; i++) {
        equal = simulated[i] == inFile[i];
      }
      return equal;
    }

    private static int steps(TfLiteTensor tensor, float value) {
      Quantization grid = tensor.quantization().orElseThrow();
      double steps = Math.rint(value / (double) grid.scales().get(0)) + grid.zeroPoints().get(0);
      return (int) Math.max(Byte.MIN_VALUE, Math.min(Byte.MAX_VALUE, steps));
    }

    RoundingDifferences differences() {
      return new RoundingDifferences(shares(0), shares(1), worst, quantizers.size());
    }

    private Map<String, Double> shares(int index) {
      Map<String, Double> shares = new TreeMap<>();
      counts.forEach((name, count) -> shares.put(name, (double) count[index] / count[2]));
      return shares;
    }
  }
}
