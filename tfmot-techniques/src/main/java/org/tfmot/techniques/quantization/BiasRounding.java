package org.tfmot.techniques.quantization;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.quantization.plan.DataFlow;
import org.tfmot.techniques.quantization.plan.FusionRules;
import org.tfmot.techniques.quantization.plan.Patterns;
import org.tfmot.techniques.quantization.plan.WeightPoint;
import org.tfmot.techniques.quantization.ranges.QuantizerSpec;

/**
 * Rounds biases as integer files do. The kernel adds a bias to the sum of products, so that it is
 * an integer in steps of {@code input step * weight step}, for each output channel (Jacob et al.,
 * 2018, section 2.4). Unrounded, the simulation rounds about one value of a thousand to another
 * integer than the file, which every later step of a recurrent layer amplifies.
 *
 * <p>The rounding is three operations behind the bias, which stays as it is: layers that share it,
 * as the steps of a loop do, have inputs with different steps.
 */
final class BiasRounding {

  private static final Map<String, DataType> FLOAT = Map.of("T", DataType.DT_FLOAT);

  private final ModelEditor model;
  private final GraphEditor graph;

  /** Biases that their operation adds itself. */
  private final List<Fused> biases = new ArrayList<>();

  /** A bias: what reads it, and the operation that it is fused with. */
  private record Fused(WeightPoint weight, String addition, int input) {}

  private BiasRounding(ModelEditor model) {
    this.model = model;
    graph = model.graph();
  }

  /** Finds the biases of a plan in a lowered model that has no quantizers yet. */
  static BiasRounding find(ModelEditor model, List<WeightPoint> weights) {
    BiasRounding rounding = new BiasRounding(model);
    DataFlow flow = new DataFlow(model);
    FusionRules fusion = new FusionRules(flow);
    for (WeightPoint weight : weights) {
      NodeDef operation = model.graph().node(weight.operation());
      if (weight.isOperand() || !Patterns.isWeighted(operation)) {
        continue;
      }
      for (NodeDef follower : fusion.behindWeighted(operation, null)) {
        int input = flow.biasInput(follower);
        if (input >= 0) {
          rounding.biases.add(new Fused(weight, follower.getName(), input));
        }
      }
    }
    return rounding;
  }

  /** Rounds the biases of operations whose input and weight have quantizers by now. */
  void round() {
    for (Fused bias : biases) {
      NodeDef operation = graph.node(bias.weight.operation());
      double input = inputStep(operation);
      float[] steps = weightSteps(operation.getInput(bias.weight.input()));
      if (input == 0 || steps == null) {
        continue;
      }
      for (int i = 0; i < steps.length; i++) {
        steps[i] = (float) (input * steps[i]);
      }
      graph.setInput(bias.addition, bias.input, rounded(bias, steps));
    }
  }

  private String rounded(Fused bias, float[] steps) {
    String name = bias.addition + "/bias";
    Shape shape = steps.length == 1 ? Shape.scalar() : Shape.of(steps.length);
    String step = model.addConstant(name + "/step", TensorProtos.floats(shape, steps));
    String tensor = graph.node(bias.addition).getInput(bias.input);
    String counted = model.add("RealDiv", name + "/in_steps", FLOAT, tensor, step);
    String integers = model.add("Round", name + "/integers", FLOAT, counted);
    return model.add("Mul", name + "/rounded", FLOAT, integers, step);
  }

  /** Returns the step that the file has for an operation's input, 0 if it is not quantized. */
  private double inputStep(NodeDef operation) {
    NodeDef node = graph.input(operation, Patterns.dataInputs(operation)[0]);
    while (!node.getOp().startsWith("FakeQuant")) {
      if (!Patterns.isTransparent(node)) {
        return 0;
      }
      node = graph.input(node, Patterns.dataInputs(node)[0]);
    }
    float[] min = floats(node, 1);
    float[] max = floats(node, 2);
    int bits = (int) node.getAttrOrThrow("num_bits").getI();
    boolean narrow = node.getAttrOrThrow("narrow_range").getB();
    double width = (double) max[0] - min[0];
    if (bits > QuantizerSpec.BITS) {
      return QuantizerSpec.WIDE_ACTIVATION.bits() == bits && narrow
          ? width / QuantizerSpec.WIDE_ACTIVATION.steps()
          : 0;
    }
    // Fewer bits have their range in the file, in 255 steps.
    return width
        / new QuantizerSpec(QuantizerSpec.BITS, false, narrow && bits == QuantizerSpec.BITS, false)
            .steps();
  }

  /** Returns the steps of a weight's channels, or null if it is not quantized. */
  private float @Nullable [] weightSteps(String weight) {
    NodeDef node = graph.producer(weight);
    while (node.getOp().equals("Reshape")) {
      node = graph.input(node, 0);
    }
    if (!node.getOp().startsWith("FakeQuant")) {
      return null;
    }
    float[] min = floats(node, 1);
    float[] max = floats(node, 2);
    int bits = (int) node.getAttrOrThrow("num_bits").getI();
    boolean narrow = node.getAttrOrThrow("narrow_range").getB();
    int count = new QuantizerSpec(bits, false, narrow, false).steps();
    float[] steps = new float[min.length];
    for (int i = 0; i < steps.length; i++) {
      steps[i] = (float) (((double) max[i] - min[i]) / count);
    }
    return steps;
  }

  private float[] floats(NodeDef quantizer, int input) {
    return TensorProtos.toFloats(graph.input(quantizer, input).getAttrOrThrow("value").getTensor());
  }
}
