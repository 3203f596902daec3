package org.tfmot.techniques.quantization;

import static java.util.stream.Collectors.toSet;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.GraphModel;
import org.tfmot.api.OptimizationReport.Entry;
import org.tfmot.api.OptimizationReport.Warning;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.functions.Merging;
import org.tfmot.techniques.quantization.Calibration.Observation;
import org.tfmot.techniques.quantization.CoarseFunctions.Coarse;
import org.tfmot.techniques.quantization.plan.ActivationPoint;
import org.tfmot.techniques.quantization.plan.Patterns;
import org.tfmot.techniques.quantization.plan.QuantizationPlan;
import org.tfmot.techniques.quantization.plan.WeightPoint;
import org.tfmot.techniques.quantization.ranges.QuantizerSpec;
import org.tfmot.techniques.quantization.ranges.Range;

/** Finds ranges of a calibrated model that are likely to cost accuracy. */
final class RangeWarnings {

  /** The largest ratio of the ranges of two tensors that share one. */
  private static final double MOST_UNEQUAL = 8;

  /** The largest ratio of the weights of one depthwise channel to those of the median one. */
  private static final double MOST_UNEQUAL_CHANNELS = 16;

  private static final double LARGEST_STEP = 0.25;

  /** Of 16 bits, whose steps are asked for to be fine. */
  private static final double LARGEST_WIDE_STEP = LARGEST_STEP / 16;

  private static final Set<String> SUMS = Set.of("Add", "AddN", "AddV2", "Sub");

  /** A term with values in fewer steps of the sum is lost. */
  private static final double FEWEST_STEPS = 2;

  /** The number of steps of 16 bits in one of 8. */
  private static final double WIDER = 256;

  private static final String FLOAT = "leave it in float (select, allowFloat)";

  private final GraphModel model;
  private final GraphEditor quantized;
  private final Map<TensorRef, Observation> observed;
  private final boolean trained;
  private final String wider;
  private final List<Warning> warnings = new ArrayList<>();

  private RangeWarnings(
      GraphModel quantized, Map<TensorRef, Observation> observed, boolean trained) {
    this.trained = trained;
    model = quantized;
    wider = trained ? "train with activations of 16 bits" : "calibrate with activationBits(16)";
    this.quantized = new GraphEditor(quantized.graphDef());
    this.observed = observed;
  }

  /**
   * The warnings about a model.
   *
   * @param quantized the model with simulated quantization
   * @param observed what calibration saw of its tensors
   */
  static List<Warning> find(
      QuantizationPlan plan, GraphModel quantized, Map<TensorRef, Observation> observed) {
    return find(plan, new RangeWarnings(quantized, observed, false));
  }

  /**
   * The warnings about a model that was trained with simulated quantization.
   *
   * @param quantized the model with simulated quantization, without what training needs
   * @param observed the ranges that training saw, with infinite deviations
   */
  static List<Warning> ofTrained(
      QuantizationPlan plan, GraphModel quantized, Map<TensorRef, Observation> observed) {
    return find(plan, new RangeWarnings(quantized, observed, true));
  }

  private static List<Warning> find(QuantizationPlan plan, RangeWarnings warnings) {
    plan.activations().forEach(warnings::activation);
    Set<String> applied = plan.applied().stream().map(Entry::operation).collect(toSet());
    warnings.quantized.nodes().stream()
        .filter(node -> Merging.isMerging(node) && applied.contains(node.getName()))
        .forEach(warnings::joined);
    warnings.quantized.nodes().stream()
        .filter(node -> SUMS.contains(node.getOp()) && applied.contains(node.getName()))
        .forEach(warnings::sum);
    CoarseTables.find(plan, warnings.quantized, warnings.observed).forEach(warnings::table);
    CoarseFunctions.find(plan, warnings.model, warnings.observed).forEach(warnings::function);
    plan.weights().forEach(point -> warnings.channels(point, plan));
    return warnings.warnings;
  }

  private void activation(ActivationPoint point) {
    Observation seen = observed.get(point.tensor());
    Range range = range(point.quantizer());
    if (seen == null || range == null || !point.hasOwnRange()) {
      return;
    }
    if (point.fixed() != null) {
      demanded(point, width(range), seen);
      return;
    }
    double width = width(range);
    double seenWidth = width(seen.range());
    // A range of 16 bits is symmetric.
    double needed =
        isWide(quantized.node(point.quantizer()))
            ? 2 * Math.max(seen.range().max(), -seen.range().min())
            : seenWidth;
    String tensor = point.tensor().toString();
    if (seenWidth == 0) {
      warn(
          tensor,
          "is 0 on all %s, and has the range %s"
              .formatted(trained ? "examples of the training" : "samples", text(range)),
          "%s that make it differ from 0, or take it out of the model"
              .formatted(trained ? "train with examples" : "calibrate with samples"));
    } else if (width > 2 * needed && joiner(point, range) != null) {
      warn(
          tensor,
          "has values in %s, and shares the range %s with the others of \"%s\", which has one for"
                  .formatted(text(seen.range()), text(range), joiner(point, range))
              + " all of them",
          "scale one of them, or " + otherForm(point.quantizer()));
    } else if (width > 2 * needed) {
      warn(
          tensor,
          "has values in %s, too few for the steps of its operands; its range is %s"
              .formatted(text(seen.range()), text(range)),
          "scale what it is computed from, or " + otherForm(point.quantizer()));
    } else {
      step(point, width, seen);
    }
  }

  /** Returns an operation whose operands and result have a tensor's range in common, or null. */
  private @Nullable String joiner(ActivationPoint point, Range range) {
    for (NodeDef node : quantized.nodes()) {
      if (Merging.isMerging(node)) {
        TensorRef result = TensorRef.of(node.getName());
        List<TensorRef> operands =
            IntStream.of(Patterns.dataInputs(node))
                .mapToObj(input -> source(node.getInput(input)))
                .filter(operand -> range.equals(range(ActivationPoint.quantizer(operand))))
                .toList();
        boolean shared = range.equals(range(ActivationPoint.quantizer(result)));
        if (shared
            && (operands.contains(point.tensor())
                || (result.equals(point.tensor()) && !operands.isEmpty()))) {
          return node.getName();
        }
      }
    }
    return null;
  }

  /** Compares values with the steps of a range that the runtime demands, whatever they are. */
  private void demanded(ActivationPoint point, double width, Observation seen) {
    NodeDef quantizer = quantized.node(point.quantizer());
    double step = step(quantizer, width);
    double most = isWide(quantizer) ? LARGEST_WIDE_STEP : LARGEST_STEP;
    if (isCoarse(step, seen, most)) {
      warn(
          point.tensor().toString(),
          String.format(
              Locale.ROOT,
              "has a step of %.4g in %s, the range that the runtime demands of it, which is coarse"
                  + " for the standard deviation of %.4g of its values in %s",
              step,
              text(Objects.requireNonNull(range(point.quantizer()))),
              seen.deviation(),
              text(seen.range())),
          "scale what it is computed from, or " + otherForm(point.quantizer()));
    }
  }

  private static boolean isCoarse(double step, Observation seen, double most) {
    double largest = Math.max(seen.range().max(), -seen.range().min());
    boolean constant = seen.deviation() < 1e-6 * largest;
    return !constant && step > most * seen.deviation();
  }

  private void step(ActivationPoint point, double width, Observation seen) {
    double step = step(quantized.node(point.quantizer()), width);
    if (isCoarse(step, seen, LARGEST_STEP)) {
      warn(
          point.tensor().toString(),
          String.format(
              Locale.ROOT,
              "has a step of %.4g in %s, more than a quarter of its standard deviation of %.4g",
              step,
              text(seen.range()),
              seen.deviation()),
          "subtract what is common to all values, cut off outliers with"
              + " CalibrationMethod.percentile, or "
              + otherForm(point.quantizer()));
    }
  }

  /** Leaves the remedy of 16 bits out for what has them already. */
  private String otherForm(String quantizer) {
    NodeDef node = quantized.find(quantizer);
    return node != null && isWide(node) ? FLOAT : FLOAT + " or " + wider;
  }

  /**
   * Compares the terms of a sum with its steps: a mask of -1e9 leaves nothing of its other term.
   */
  private void sum(NodeDef node) {
    NodeDef quantizer = quantized.find(ActivationPoint.quantizer(TensorRef.of(node.getName())));
    Range range = quantizer == null ? null : range(quantizer.getName());
    if (quantizer == null || range == null) {
      return;
    }
    double step = step(quantizer, width(range));
    for (int i : Patterns.dataInputs(node)) {
      TensorRef tensor = source(node.getInput(i));
      Observation seen = observed.get(tensor);
      double width = seen == null ? 0 : width(seen.range());
      if (seen != null && width > 0 && width < FEWEST_STEPS * step) {
        warn(
            tensor.toString(),
            "has values in %s, of which a step of %.4g leaves nothing in \"%s\" with the range %s"
                .formatted(text(seen.range()), step, node.getName(), text(range)),
            ("mask with a value that is as large as these, or leave \"%s\" in float (select,"
                        + " allowFloat)")
                    .formatted(node.getName())
                + (isWide(quantizer) || width < FEWEST_STEPS * step / WIDER ? "" : " or " + wider));
      }
    }
  }

  private void function(String function, Coarse coarse) {
    String quantizer = ActivationPoint.quantizer(coarse.input());
    String error =
        String.format(
            Locale.ROOT,
            "%.4g, %.0f %% of their standard deviation of %.4g",
            coarse.error(),
            100 * coarse.error() / coarse.deviation(),
            coarse.deviation());
    if (coarse.cut()) {
      Range range = range(ActivationPoint.quantizer(TensorRef.of(function)));
      warn(
          function,
          "has the range %s, whatever its values are: cut off, they are wrong by %s"
              .formatted(text(range), error),
          "scale what it is computed from, or " + FLOAT);
    } else {
      warn(
          function,
          String.format(
                  Locale.ROOT,
                  "is a function of \"%s\" that its step of %.4g is coarse for: rounding it makes"
                      + " the results wrong by ",
                  coarse.input(),
                  coarse.step())
              + error,
          "narrow the range of \"%s\", or %s".formatted(coarse.input(), otherForm(quantizer)));
    }
  }

  private void table(String function, double error) {
    warn(
        function,
        ("is read from a table by the runtime's kernel of 16 bits, whose entries are too far from"
                + " each other: results are wrong by up to %s of the largest")
            .formatted(CoarseTables.percent(error)),
        FLOAT + " or bring its inputs nearer to each other, such as by a larger epsilon");
  }

  private static boolean isWide(NodeDef quantizer) {
    return quantizer.getAttrOrThrow("num_bits").getI() > QuantizerSpec.BITS;
  }

  private static double step(NodeDef quantizer, double width) {
    return width / ((1 << quantizer.getAttrOrThrow("num_bits").getI()) - 1);
  }

  /** Compares what an operation chooses among, and what it gives: a constant may widen that. */
  private void joined(NodeDef node) {
    Map<String, Range> ranges = new LinkedHashMap<>();
    for (int i : Patterns.dataInputs(node)) {
      TensorRef tensor = source(node.getInput(i));
      Observation seen = observed.get(tensor);
      if (seen != null && width(seen.range()) > 0) {
        ranges.put(tensor.toString(), seen.range());
      }
    }
    Observation given = observed.get(TensorRef.of(node.getName()));
    if (given != null) {
      ranges.put(node.getName(), given.range());
    }
    String widest = null;
    String narrowest = null;
    for (Map.Entry<String, Range> entry : ranges.entrySet()) {
      double width = width(entry.getValue());
      widest = widest == null || width > width(ranges.get(widest)) ? entry.getKey() : widest;
      narrowest =
          narrowest == null || width < width(ranges.get(narrowest)) ? entry.getKey() : narrowest;
    }
    if (widest != null
        && narrowest != null
        && width(ranges.get(widest)) > MOST_UNEQUAL * width(ranges.get(narrowest))) {
      warn(
          node.getName(),
          "gives \"%s\" with values in %s the range of \"%s\" with values in %s"
              .formatted(narrowest, text(ranges.get(narrowest)), widest, text(ranges.get(widest))),
          "make them outputs of their own, scale one of them, or "
              + otherForm(ActivationPoint.quantizer(TensorRef.of(node.getName()))));
    }
  }

  /** The tensor behind fake quantization and what only moves values. */
  private TensorRef source(String input) {
    TensorRef tensor = TensorRef.parse(input);
    while (!observed.containsKey(tensor)) {
      NodeDef node = quantized.node(tensor.node());
      if (!node.getOp().startsWith("FakeQuant") && !Patterns.isTransparent(node)) {
        return tensor;
      }
      tensor = TensorRef.parse(node.getInput(Patterns.dataInputs(node)[0]));
    }
    return tensor;
  }

  private void channels(WeightPoint point, QuantizationPlan plan) {
    NodeDef max = quantized.find(point.quantizer() + "/max");
    if (point.ranges() != WeightPoint.Ranges.PER_DEPTHWISE_CHANNEL || max == null) {
      return;
    }
    float[] magnitudes = floats(max);
    Arrays.sort(magnitudes);
    float largest = magnitudes[magnitudes.length - 1];
    float median = magnitudes[(magnitudes.length - 1) / 2];
    if (largest > MOST_UNEQUAL_CHANNELS * median) {
      warn(
          point.operation(),
          String.format(
                  Locale.ROOT,
                  "has a channel with weights up to %.4g and half of its channels below %.4g, whose"
                      + " outputs",
                  largest,
                  median)
              + " share one range",
          (trained ? "normalize its outputs, or " : "train it with QuantizationAwareTraining, or ")
              + otherForm(output(point.operation(), plan)));
    }
  }

  /** Returns the quantizer of what an operation, and what is fused with it, gives. */
  private static String output(String operation, QuantizationPlan plan) {
    return plan.activations().stream()
        .filter(point -> plan.producer(point.tensor()).equals(operation))
        .map(ActivationPoint::quantizer)
        .findFirst()
        .orElse("");
  }

  private void warn(String tensor, String detail, String remedy) {
    warnings.add(new Warning(tensor, detail, remedy));
  }

  private @Nullable Range range(String quantizer) {
    NodeDef min = quantized.find(quantizer + "/min");
    NodeDef max = quantized.find(quantizer + "/max");
    return min == null || max == null ? null : new Range(floats(min)[0], floats(max)[0]);
  }

  private static float[] floats(NodeDef constant) {
    return TensorProtos.toFloats(constant.getAttrOrThrow("value").getTensor());
  }

  private static double width(@Nullable Range range) {
    return range == null ? 0 : (double) range.max() - range.min();
  }

  private static String text(@Nullable Range range) {
    return range == null
        ? "[]"
        : String.format(Locale.ROOT, "[%.4g, %.4g]", range.min(), range.max());
  }
}
