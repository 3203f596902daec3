package org.tfmot.techniques.quantization;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.tensorflow.Result;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.LiveModel;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.quantization.plan.ActivationPoint;
import org.tfmot.techniques.quantization.plan.Lowering;
import org.tfmot.techniques.quantization.plan.QuantizationPlan;
import org.tfmot.techniques.quantization.plan.QuantizationPlanner;
import org.tfmot.techniques.quantization.ranges.Range;
import org.tfmot.techniques.testing.Attempts;
import org.tfmot.techniques.testing.ChildTrials;
import org.tfmot.techniques.tflite.TfLiteConversionException;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;
import org.tfmot.techniques.tflite.TfLiteOperator;
import org.tfmot.techniques.tflite.TfLiteTensor;

/**
 * One operation with one choice of ranges for its operands and its output: the file is to equal the
 * simulation to a step of the output, or the conversion to refuse by name. The environment can
 * leave trials out: {@code SWEEP_ONLY} is a regular expression of operations, {@code SWEEP_STRIDE}
 * the distance between the trials that stay.
 */
public final class SweepTrial implements ChildTrials.Trial {

  /** The values that a tensor has, and so its range. */
  record Spread(float low, float high) {

    Range range() {
      return new Range(Math.min(low, 0), Math.max(high, 0));
    }

    float[] values(int count, long seed) {
      Random random = new Random(seed);
      float[] values = new float[count];
      for (int i = 0; i < count; i++) {
        // Not the very ends: of a symmetric range these are halfway between two integers.
        float share = i == 0 ? 0.0007f : i == 1 ? 0.9993f : random.nextFloat();
        values[i] = low + (high - low) * share;
      }
      return values;
    }

    static Spread around(double magnitude) {
      return new Spread((float) -magnitude, (float) magnitude);
    }
  }

  /** One trial. */
  record Case(SweepOperator operator, boolean wide, float weight, List<Spread> spreads) {

    /**
     * By how many steps of the output file and simulation may differ: 16-bit kernels multiply by
     * numbers of 15 bits, and interpolate tables in steps of 2^-15. Of several operations each
     * rounds. What a product adds up of a softmax is off by the softmax's steps times the weights,
     * however fine the product's own step is.
     */
    double bound(double step) {
      if (wide && operator.name().equals(SHARES)) {
        return TABLE_STEPS * Math.max(1, weight * 0x1p-15 / step);
      }
      if (operator.isComposed()) {
        return wide ? 3 * TABLE_STEPS : 3;
      }
      return !wide ? 1 : TABLES.contains(operator.name()) ? TABLE_STEPS : 3;
    }

    /** Tells whether products of its values may be beyond those of float. */
    boolean isExtreme() {
      return spreads.stream().anyMatch(spread -> spread.high > 1e30);
    }

    /** The operation and the bits: what the sweep counts by. */
    String key() {
      return operator + (wide ? ", int16x8" : ", int8");
    }

    @Override
    public String toString() {
      return "%s, %s, weights of %s, ranges %s"
          .formatted(
              operator,
              wide ? "int16x8" : "int8",
              weight,
              spreads.stream().map(s -> "[%s, %s]".formatted(s.low, s.high)).toList());
    }
  }

  /** Before the key of a trial whose file equals the simulation. */
  static final String RIGHT = "right: ";

  private static final int TABLE_STEPS = 20;

  private static final String SHARES = "Softmax of an attention";

  static final List<String> TABLES = List.of("Softmax", "Sigmoid", "Tanh", "gelu", "Rsqrt");

  private static final int MOST_DIMENSIONS = 4;
  private static final List<Spread> DECADES = decades(1);
  private static final List<Spread> FEW_DECADES = decades(3);
  private static final List<Spread> SHAPES =
      List.of(
          new Spread(0, 0),
          new Spread(5, 5),
          new Spread(-5, -5),
          new Spread(0, 1),
          new Spread(-1, 0),
          new Spread(1000, 1013),
          Spread.around(1e-36),
          Spread.around(1e36));

  private static final List<Case> CASES = cases();

  private static List<Spread> decades(int step) {
    List<Spread> spreads = new ArrayList<>();
    for (int exponent = -9; exponent <= 9; exponent += step) {
      spreads.add(Spread.around(Math.pow(10, exponent)));
    }
    return spreads;
  }

  static int count() {
    return CASES.size();
  }

  static Case at(long number) {
    return CASES.get((int) number);
  }

  private static List<Case> cases() {
    String only = Objects.requireNonNullElse(System.getenv("SWEEP_ONLY"), ".*");
    List<Case> cases = new ArrayList<>();
    for (SweepOperator operator : SweepOperator.all()) {
      if (!operator.name().matches(only)) {
        continue;
      }
      for (boolean wide : new boolean[] {false, true}) {
        GraphModel model = operator.model(1);
        if (wide && stayInFloat(model)) {
          continue;
        }
        int free = free(plan(model, wide), operator).size();
        int dimensions = free + (operator.weighted() ? 1 : 0);
        if (dimensions > MOST_DIMENSIONS) {
          continue; // What is one operation of 8 bits is many of 16.
        }
        List<Spread> axis = dimensions < 3 ? DECADES : FEW_DECADES;
        for (List<Spread> choice : product(axis, dimensions)) {
          cases.add(of(operator, wide, free, choice));
        }
        for (int i = 0; i < free; i++) {
          for (Spread shape : SHAPES) {
            for (Spread other : FEW_DECADES) {
              List<Spread> choice = new ArrayList<>();
              for (int k = 0; k < dimensions; k++) {
                choice.add(k == i ? shape : other);
              }
              cases.add(of(operator, wide, free, choice));
            }
          }
        }
      }
    }
    int stride = Integer.parseInt(Objects.requireNonNullElse(System.getenv("SWEEP_STRIDE"), "1"));
    List<Case> thin = new ArrayList<>();
    for (int i = 0; i < cases.size(); i += stride) {
      thin.add(cases.get(i));
    }
    return thin;
  }

  private static Case of(SweepOperator operator, boolean wide, int free, List<Spread> choice) {
    float weight = choice.size() > free ? choice.get(free).high() : 1;
    return new Case(operator, wide, weight, choice.subList(0, free));
  }

  private static List<List<Spread>> product(List<Spread> axis, int dimensions) {
    List<List<Spread>> products = List.of(List.of());
    for (int d = 0; d < dimensions; d++) {
      List<List<Spread>> longer = new ArrayList<>();
      for (List<Spread> start : products) {
        for (Spread spread : axis) {
          List<Spread> next = new ArrayList<>(start);
          next.add(spread);
          longer.add(next);
        }
      }
      products = longer;
    }
    return products;
  }

  private static QuantizationPlan plan(GraphModel model, boolean wide) {
    return QuantizationPlanner.plan(model, LayerSelector.layers(), wide);
  }

  /** Whether 16 bits have no form of an operation: its file is one of float. */
  private static boolean stayInFloat(GraphModel model) {
    try {
      return !plan(model, true).skipped().isEmpty();
    } catch (IllegalArgumentException e) {
      return true;
    }
  }

  /** The tensors whose ranges are chosen, the inputs first. */
  private static List<TensorRef> free(QuantizationPlan plan, SweepOperator operator) {
    List<TensorRef> inputs = new ArrayList<>();
    for (int i = 0; i < operator.inputs(); i++) {
      inputs.add(TensorRef.of("x" + i));
    }
    List<TensorRef> others =
        plan.activations().stream()
            .filter(point -> point.fixed() == null)
            .map(ActivationPoint::rangeOf)
            .distinct()
            .filter(tensor -> !inputs.contains(tensor))
            .toList();
    List<TensorRef> all = new ArrayList<>(inputs);
    if (!operator.isComposed()) {
      all.addAll(others);
    }
    return all;
  }

  @Override
  public String run(long number) {
    Case trial = at(number);
    try {
      return run(trial, number);
    } catch (TfLiteConversionException | IllegalArgumentException e) {
      String message = String.valueOf(e.getMessage());
      boolean named = message.contains("op/") || message.contains("\"x");
      return named
          ? "refused"
          : Attempts.FAILED + " " + trial + ": refused without a name: " + message;
    } catch (Exception e) {
      return Attempts.FAILED + " " + trial + ": " + e;
    }
  }

  private static String run(Case trial, long seed) {
    Map<String, float[]> feeds = feeds(trial, seed);
    GraphModel quantized =
        trial.operator.isComposed() ? calibrated(trial, feeds) : withRanges(trial);
    TfLiteConverter converter = TfLiteConverter.of(quantized);
    TfLiteModel file = (trial.wide ? converter.int16x8() : converter.int8()).convert();
    feeds.forEach((name, values) -> onGrid(quantized, name, values));
    if (trial.isExtreme()
        && !isFinite(simulate(trial.operator.model(trial.weight), feeds, trial.operator))) {
      return "beyond float";
    }
    float[] expected = simulate(quantized, feeds, trial.operator);
    float[] actual;
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
      actual = interpreter.run(feeds, (int) trial.operator.shape().get(0)).get("y");
    }
    double step = step(file, trial.operator);
    double steps = 0;
    for (int i = 0; i < expected.length; i++) {
      double difference = Math.abs(expected[i] - (double) actual[i]) / step;
      steps = difference <= steps ? steps : difference;
    }
    if (actual.length != expected.length || !(steps <= trial.bound(step) + 0.01)) {
      return Attempts.FAILED
          + String.format(
              Locale.ROOT,
              " %s: %.1f steps of %g: file %s, simulation %s",
              trial,
              steps,
              step,
              Arrays.toString(Arrays.copyOf(actual, Math.min(6, actual.length))),
              Arrays.toString(Arrays.copyOf(expected, Math.min(6, expected.length))));
    }
    return RIGHT + trial.key();
  }

  private static GraphModel withRanges(Case trial) {
    GraphModel model = trial.operator.model(trial.weight);
    QuantizationPlan plan = plan(model, trial.wide);
    List<TensorRef> free = free(plan, trial.operator);
    QuantizerAssignment choice =
        trial.wide ? QuantizerAssignment.WIDE : QuantizerAssignment.STANDARD;
    Map<TensorRef, Range> ranges = new LinkedHashMap<>();
    for (int i = 0; i < free.size(); i++) {
      Range range = trial.spreads.get(i).range();
      ranges.put(free.get(i), trial.wide ? choice.activation().around(range) : range);
    }
    return FakeQuantExport.insert(
        Lowering.lower(model, plan).model(),
        plan,
        choice,
        Map.of(),
        tensor -> Objects.requireNonNull(ranges.get(tensor)));
  }

  private static GraphModel calibrated(Case trial, Map<String, float[]> feeds) {
    Map<String, TFloat32> sample = tensors(feeds, trial.operator);
    try {
      return PostTrainingQuantization.builder()
          .activationBits(trial.wide ? 16 : 8)
          .build()
          .calibrate(trial.operator.model(trial.weight), List.of(sample))
          .model();
    } finally {
      sample.values().forEach(Tensor::close);
    }
  }

  private static Map<String, float[]> feeds(Case trial, long seed) {
    int count = (int) trial.operator.shape().size();
    Map<String, float[]> feeds = new LinkedHashMap<>();
    for (int i = 0; i < trial.operator.inputs(); i++) {
      float[] values = trial.spreads.get(i).values(count, seed + i);
      if (trial.operator.isForPositive()) {
        positive(values, trial.spreads.get(i));
      }
      feeds.put("x" + i, values);
    }
    return feeds;
  }

  private static Map<String, TFloat32> tensors(
      Map<String, float[]> values, SweepOperator operator) {
    Map<String, TFloat32> tensors = new LinkedHashMap<>();
    values.forEach(
        (name, each) ->
            tensors.put(name, TFloat32.tensorOf(operator.shape(), DataBuffers.of(each))));
    return tensors;
  }

  /** Values above the pole: of 16 bits the runtime's table is not exact beside it. */
  private static void positive(float[] values, Spread spread) {
    float largest = Math.max(spread.high, -spread.low);
    for (int k = 0; k < values.length; k++) {
      values[k] = Math.max(Math.abs(values[k]), largest / 50);
    }
  }

  /**
   * Values that are those of an input's integers, so that nobody has to round halves, or are up to
   * ten times as large as the range's ends.
   */
  private static void onGrid(GraphModel quantized, String input, float[] values) {
    GraphEditor graph = new GraphEditor(quantized.graphDef());
    for (NodeDef user : graph.consumers(input)) {
      if (user.getOp().equals("FakeQuantWithMinMaxVars")) {
        double min = number(graph.input(user, 1));
        double max = number(graph.input(user, 2));
        int narrow = user.getAttrOrThrow("narrow_range").getB() ? 2 : 1;
        double step = (max - min) / ((1 << user.getAttrOrThrow("num_bits").getI()) - narrow);
        for (int k = 0; k < values.length; k++) {
          double value = Math.max(min * 10, Math.min(max * 10, values[k]));
          values[k] = (float) (Math.rint(value / step) * step);
        }
      }
    }
  }

  private static double number(NodeDef constant) {
    return TensorProtos.toFloats(constant.getAttrOrThrow("value").getTensor())[0];
  }

  private static float[] simulate(
      GraphModel model, Map<String, float[]> values, SweepOperator operator) {
    Map<String, TFloat32> feeds = tensors(values, operator);
    try (LiveModel live = model.open();
        Result result = live.run(feeds)) {
      return TensorProtos.toFloats(TensorProtos.of(result.get(0)));
    } finally {
      feeds.values().forEach(Tensor::close);
    }
  }

  private static boolean isFinite(float[] values) {
    for (float value : values) {
      if (!Float.isFinite(value)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Returns the step of the last tensor of integers, and with it that of a choice before it:
   * operands in other steps are brought to that one's by XNNPACK's multiplier of 8 bits.
   */
  private static double step(TfLiteModel file, SweepOperator operator) {
    List<TfLiteOperator> operators = file.operators();
    double step = inputStep(file, operators.get(operators.size() - 1));
    return operator.isComparison()
        ? step + inputStep(file, operators.get(operators.size() - 2))
        : step;
  }

  private static double inputStep(TfLiteModel file, TfLiteOperator operator) {
    TfLiteTensor input = file.tensors().get(operator.inputs().get(0));
    return input.quantization().orElseThrow().scales().get(0);
  }
}
