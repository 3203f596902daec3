package org.tfmot.techniques.quantization;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.GraphModel;
import org.tfmot.api.OptimizationReport.Entry;
import org.tfmot.api.OptimizationReport.Warning;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.techniques.lowering.FakeQuant;
import org.tfmot.techniques.quantization.plan.ActivationPoint;
import org.tfmot.techniques.quantization.plan.Patterns;
import org.tfmot.techniques.quantization.plan.Poles;
import org.tfmot.techniques.quantization.plan.Poles.Pole;
import org.tfmot.techniques.quantization.plan.QuantizationPlan;
import org.tfmot.techniques.quantization.ranges.KernelLimits;

/**
 * Chooses what stays in float because its integers would be wrong for the values of the samples:
 * functions with {@link CoarseTables}, and what computes the operands of {@link Poles} that have
 * too few steps.
 */
final class FloatOperations {

  /** Of 16 bits, which are asked for to be fine: an operand's half step is at most 0.4 % of it. */
  private static final double FEWEST_WIDE_STEPS = 128;

  /** With fewer, the smallest value may be 0. */
  private static final double FEWEST_STEPS = 1;

  private final QuantizationPlan plan;
  private final GraphEditor quantized;
  private final Observed observed;
  private final boolean wide;

  private FloatOperations(
      QuantizationPlan plan, GraphModel quantized, Observed observed, boolean wide) {
    this.plan = plan;
    this.quantized = new GraphEditor(quantized.graphDef());
    this.observed = observed;
    this.wide = wide;
  }

  /**
   * Returns the operations to leave in float, and why.
   *
   * @param plan without them
   * @param quantized the model by that plan
   */
  static Map<String, String> find(
      QuantizationPlan plan, GraphModel quantized, Observed observed, boolean wide) {
    return new FloatOperations(plan, quantized, observed, wide).find();
  }

  /** Returns warnings about poles whose operands have too few steps nevertheless. */
  static List<Warning> warnings(
      QuantizationPlan plan, GraphModel quantized, Observed observed, boolean wide) {
    FloatOperations operations = new FloatOperations(plan, quantized, observed, wide);
    List<Warning> warnings = new ArrayList<>();
    observed.poles().forEach(pole -> operations.warn(pole, warnings));
    return warnings;
  }

  private Map<String, String> find() {
    Map<String, String> left = new LinkedHashMap<>();
    CoarseTables.find(plan, quantized, observed.tensors())
        .forEach(
            (operation, error) ->
                left.put(
                    operation,
                    ("the runtime's kernel of 16 bits reads it from a table that is wrong by %s"
                            + " for such inputs, stays in float")
                        .formatted(CoarseTables.percent(error))));
    plan.applied().forEach(entry -> addFarScores(entry, left));
    Set<String> skipped = plan.skipped().stream().map(Entry::operation).collect(Collectors.toSet());
    double fewest = wide ? FEWEST_WIDE_STEPS : FEWEST_STEPS;
    for (Pole pole : observed.poles()) {
      String name = pole.operation().getName();
      double step = step(pole);
      double smallest = observed.smallest(pole);
      if ((left.containsKey(name) || skipped.contains(name)) && smallest < fewest * step) {
        String why =
            String.format(
                Locale.ROOT,
                "computes inputs of \"%s\" down to %.4g, less than %.4g steps of %.4g, stays in"
                    + " float",
                name,
                smallest,
                fewest,
                step);
        observed.operand(pole, why).forEach(left::putIfAbsent);
      }
    }
    skipped.forEach(left::remove);
    // Of a model that consists of these, what is farthest from the pole is quantized.
    List<String> names = new ArrayList<>(left.keySet());
    while (!names.isEmpty() && !quantizesBeside(left.keySet())) {
      left.remove(names.remove(names.size() - 1));
    }
    return left;
  }

  /** Adds a softmax of scores so far from 0 that the kernel of 16 bits overflows. */
  private void addFarScores(Entry entry, Map<String, String> left) {
    NodeDef node = entry.type().equals("Softmax") ? quantized.find(entry.operation()) : null;
    NodeDef input = node == null ? null : Patterns.quantizer(quantized, node, 0);
    double step = input == null ? 0 : FakeQuant.step(quantized, input);
    if (wide && step > KernelLimits.LARGEST_SCORE_STEP) {
      left.put(
          entry.operation(),
          String.format(
              Locale.ROOT,
              "its inputs reach to %.4g, and above %.0f the runtime's kernel of 16 bits overflows,"
                  + " stays in float",
              step * Short.MAX_VALUE,
              KernelLimits.LARGEST_SCORE_STEP * Short.MAX_VALUE));
    }
  }

  private boolean quantizesBeside(Set<String> left) {
    return plan.applied().stream()
        .anyMatch(
            entry ->
                !left.contains(entry.operation())
                    && plan.producers().containsValue(entry.operation()));
  }

  private void warn(Pole pole, List<Warning> warnings) {
    double smallest = observed.smallest(pole);
    String tensor = pole.operand().toString();
    double step = step(pole);
    for (String operation : observed.operand(pole, "").keySet()) {
      NodeDef quantizer = quantized.find(operation + ActivationPoint.SUFFIX);
      if (step == 0 && quantizer != null) {
        tensor = operation;
        step = FakeQuant.step(quantized, quantizer);
      }
    }
    if (smallest < FEWEST_STEPS * step) {
      warnings.add(
          new Warning(
              tensor,
              String.format(
                  Locale.ROOT,
                  "has a step of %.4g, which leaves nothing of inputs of \"%s\" (%s) down to %.4g",
                  step,
                  pole.operation().getName(),
                  pole.operation().getOp(),
                  smallest),
              "leave both in float (select, allowFloat), add a larger epsilon"
                  + (wide ? "" : ", or calibrate with activationBits(16)")));
    }
  }

  /** Returns the step of a pole's operand, 0 if it is in float. */
  private double step(Pole pole) {
    NodeDef node = quantized.find(pole.operation().getName());
    NodeDef quantizer =
        node == null || pole.input() >= node.getInputCount()
            ? null
            : Patterns.quantizer(quantized, node, pole.input());
    return quantizer == null ? 0 : FakeQuant.step(quantized, quantizer);
  }
}
