package org.tfmot.techniques.quantization;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.graph.Arguments;
import org.tfmot.api.graph.NearestNames;
import org.tfmot.api.graph.TensorFlowErrors;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.quantization.ranges.Deviation;
import org.tfmot.techniques.quantization.ranges.Histogram;
import org.tfmot.techniques.quantization.ranges.Range;
import org.tfmot.techniques.quantization.ranges.RangeEstimator;
import org.tfmot.techniques.quantization.ranges.RowSamples;
import org.tfmot.techniques.weights.SessionConfigs;

/**
 * Observes tensors while samples run through a model: the smallest and the largest value of each,
 * and where the method asks for it, how often values occur; then the sample runs twice, for the
 * bins have to reach to its largest value.
 */
final class Calibration {

  private final List<TensorRef> tensors;
  private final GraphModel observed;
  private final String minima;
  private final String maxima;
  private final String finite;
  private final List<RangeEstimator> estimators = new ArrayList<>();
  private final List<String> limits = new ArrayList<>();
  private final List<String> histograms = new ArrayList<>();
  private final List<Deviation> deviations = new ArrayList<>();
  private final String means;
  private final String variances;
  private final String sizes;
  private final SampledRows rows;

  /**
   * Statistics of a tensor over all samples.
   *
   * @param range as the method has it
   * @param deviation the standard deviation of its values, infinite if it is not known
   * @param rows some of the values, if they were wanted
   */
  record Observation(Range range, double deviation, @Nullable RowSamples rows) {}

  private Calibration(
      GraphModel model,
      List<TensorRef> tensors,
      List<TensorRef> sampled,
      CalibrationMethod method) {
    this.tensors = tensors;
    tensors.forEach(tensor -> estimators.add(method.estimator()));
    tensors.forEach(tensor -> deviations.add(new Deviation()));
    ModelEditor editor = new ModelEditor(model);
    for (int i = 0; i < tensors.size(); i++) {
      if (estimators.get(i).histogram() != null) {
        addHistogram(editor, i);
      }
    }
    List<String> flat = flatten(editor);
    minima = pack(editor, "Min", DataType.DT_FLOAT, flat);
    maxima = pack(editor, "Max", DataType.DT_FLOAT, flat);
    finite = pack(editor, "All", DataType.DT_BOOL, areFinite(editor, flat));
    means = pack(editor, "Mean", DataType.DT_FLOAT, flat);
    variances = pack(editor, "Mean", DataType.DT_FLOAT, squares(editor, flat));
    sizes = sizes(editor, flat);
    editor.endpoints().operation(minima).operation(maxima).operation(finite);
    editor.endpoints().operation(means).operation(variances).operation(sizes);
    rows = new SampledRows(editor, sampled);
    observed = editor.build();
  }

  /**
   * The range of each tensor over all samples, which are not read if there is no tensor.
   *
   * @param method how it follows from the values
   * @throws IllegalArgumentException if there is no sample, one has no example, or a value is not
   *     finite
   */
  static Map<TensorRef, Range> run(
      GraphModel model,
      List<TensorRef> tensors,
      CalibrationMethod method,
      Iterable<? extends Map<String, ? extends Tensor>> samples) {
    Map<TensorRef, Range> ranges = new LinkedHashMap<>();
    observe(model, tensors, List.of(), method, samples)
        .forEach((tensor, observation) -> ranges.put(tensor, observation.range));
    return ranges;
  }

  /**
   * The range and the deviation of each tensor; see {@link #run}.
   *
   * @param sampled those of which some values are wanted, too
   */
  static Map<TensorRef, Observation> observe(
      GraphModel model,
      List<TensorRef> tensors,
      List<TensorRef> sampled,
      CalibrationMethod method,
      Iterable<? extends Map<String, ? extends Tensor>> samples) {
    if (tensors.isEmpty()) {
      return Map.of();
    }
    Calibration calibration = new Calibration(model, tensors, sampled, method);
    calibration.observe(samples);
    Map<TensorRef, Observation> observations = new LinkedHashMap<>();
    for (int i = 0; i < tensors.size(); i++) {
      Range range = calibration.estimators.get(i).range();
      observations.put(
          tensors.get(i),
          new Observation(
              range,
              calibration.deviations.get(i).value(),
              calibration.rows.samples().get(tensors.get(i))));
    }
    return observations;
  }

  private void observe(Iterable<? extends Map<String, ? extends Tensor>> samples) {
    int count = 0;
    boolean seen = false;
    try (LiveModel live = observed.open(SessionConfigs.UNOPTIMIZED)) {
      for (Map<String, ? extends Tensor> sample : samples) {
        Arguments.require(sample, "samples");
        seen |= observe(live, sample, count++);
      }
    }
    if (count == 0) {
      throw new IllegalArgumentException(
          "calibration needs at least one sample of the model's inputs "
              + observed.inputs().keySet());
    }
    if (!seen) {
      throw new IllegalArgumentException(
          "none of the %d samples has an example: no tensor has a value".formatted(count));
    }
  }

  /** Answers with whether any tensor had a value. */
  private boolean observe(LiveModel live, Map<String, ? extends Tensor> sample, int number) {
    boolean seen = false;
    Session.Runner runner = runner(live, sample, number);
    runner.fetch(minima).fetch(maxima).fetch(finite).fetch(means).fetch(variances).fetch(sizes);
    rows.fetch(runner);
    try (Result result = TensorFlowErrors.run(runner, live.model().graphDef())) {
      float[] min = TensorProtos.toFloats(TensorProtos.of(result.get(0)));
      float[] max = TensorProtos.toFloats(TensorProtos.of(result.get(1)));
      float[] mean = TensorProtos.toFloats(TensorProtos.of(result.get(3)));
      float[] variance = TensorProtos.toFloats(TensorProtos.of(result.get(4)));
      int[] size = TensorProtos.toInts(TensorProtos.of(result.get(5)));
      rows.take(result, 6);
      for (int i = 0; i < estimators.size(); i++) {
        if (!result.get(2).asRawTensor().data().asBooleans().getBoolean(i)) {
          throw new IllegalArgumentException(
              "sample %d gives the tensor \"%s\" a value that is not finite"
                  .formatted(number, tensors.get(i)));
        }
        // A sample without examples has the range [inf, -inf].
        if (min[i] <= max[i]) {
          seen = true;
          estimators.get(i).see(min[i], max[i]);
          deviations.get(i).add(size[i], mean[i], variance[i]);
        }
      }
    }
    if (!histograms.isEmpty()) {
      count(runner(live, sample, number), live.model().graphDef());
    }
    return seen;
  }

  private Session.Runner runner(LiveModel live, Map<String, ? extends Tensor> sample, int number) {
    Set<String> inputs = observed.inputs().keySet();
    for (String given : sample.keySet()) {
      if (!inputs.contains(given)) {
        throw new IllegalArgumentException(
            "sample %d has a tensor for \"%s\", which is no input of the model: %s"
                .formatted(number, given, NearestNames.hint(given, inputs)));
      }
    }
    Map<String, Tensor> feeds = new LinkedHashMap<>();
    for (String input : observed.inputs().keySet()) {
      Tensor tensor = sample.get(input);
      if (tensor == null) {
        throw new IllegalArgumentException(
            "sample %d has no tensor for the input \"%s\", only %s"
                .formatted(number, input, sample.keySet()));
      }
      if (tensor.shape().size() == 0) {
        throw new IllegalArgumentException(
            "sample %d has no example: its tensor for the input \"%s\" has the shape %s; leave it out"
                .formatted(number, input, tensor.shape()));
      }
      feeds.put(input, tensor);
    }
    return live.runner(feeds);
  }

  private void count(Session.Runner runner, GraphDef graphDef) {
    List<TFloat32> fed = new ArrayList<>();
    try {
      for (int i = 0; i < limits.size(); i++) {
        float limit = histogram(i).limit();
        // Nothing but zeros has no width; any will do.
        float reach = limit == 0 ? 1 : limit;
        TFloat32 range = TFloat32.vectorOf(-reach, reach);
        fed.add(range);
        runner.feed(limits.get(i), range).fetch(histograms.get(i));
      }
      try (Result result = TensorFlowErrors.run(runner, graphDef)) {
        for (int i = 0; i < limits.size(); i++) {
          histogram(i).add(TensorProtos.toInts(TensorProtos.of(result.get(i))));
        }
      }
    } finally {
      fed.forEach(TFloat32::close);
    }
  }

  private Histogram histogram(int tensor) {
    return Objects.requireNonNull(estimators.get(tensor).histogram());
  }

  private void addHistogram(ModelEditor editor, int tensor) {
    String name = "calibration/histogram/" + tensor;
    String limit =
        editor.add(
            "Placeholder",
            name + "/limits",
            Map.of("dtype", DataType.DT_FLOAT, "shape", Shape.of(2)));
    String histogram =
        editor.add(
            "HistogramFixedWidth",
            name,
            Map.of("T", DataType.DT_FLOAT, "dtype", DataType.DT_INT32),
            tensors.get(tensor).toString(),
            limit,
            editor.addConstant(name + "/bins", TensorProtos.scalar(Histogram.BINS)));
    editor.endpoints().operation(histogram);
    limits.add(limit);
    histograms.add(histogram);
  }

  /** The tensors as vectors: their ranks are not known, a vector has one axis. */
  private List<String> flatten(ModelEditor editor) {
    Map<String, DataType> types = Map.of("T", DataType.DT_FLOAT, "Tshape", DataType.DT_INT32);
    String shape = editor.addConstant("calibration/vector", TensorProtos.ints(Shape.of(1), -1));
    return tensors.stream()
        .map(t -> editor.add("Reshape", "calibration/flat", types, t.toString(), shape))
        .toList();
  }

  private static List<String> areFinite(ModelEditor editor, List<String> vectors) {
    Map<String, DataType> types = Map.of("T", DataType.DT_FLOAT);
    return vectors.stream()
        .map(vector -> editor.add("IsFinite", "calibration/is_finite", types, vector))
        .toList();
  }

  /** The squares of each vector's differences from its mean. */
  private static List<String> squares(ModelEditor editor, List<String> vectors) {
    Map<String, DataType> types = Map.of("T", DataType.DT_FLOAT);
    Map<String, DataType> reduction = Map.of("T", DataType.DT_FLOAT, "Tidx", DataType.DT_INT32);
    String name = "calibration/variance";
    String axis = editor.addConstant(name + "/axis", TensorProtos.scalar(0));
    return vectors.stream()
        .map(
            vector -> {
              String mean = editor.add("Mean", name + "/mean", reduction, vector, axis);
              return editor.add("SquaredDifference", name + "/squares", types, vector, mean);
            })
        .toList();
  }

  private static String sizes(ModelEditor editor, List<String> vectors) {
    String name = "calibration/sizes";
    Map<String, DataType> types = Map.of("T", DataType.DT_FLOAT, "out_type", DataType.DT_INT32);
    String[] sizes =
        vectors.stream()
            .map(vector -> editor.add("Size", name + "/of", types, vector))
            .toArray(String[]::new);
    return editor.add(
        "Pack", name, Map.of("T", DataType.DT_INT32, "N", sizes.length, "axis", 0), sizes);
  }

  /** One tensor with the reduction of each vector. */
  private static String pack(
      ModelEditor editor, String reduction, DataType type, List<String> vectors) {
    String name = "calibration/" + reduction;
    String axis = editor.addConstant(name + "/axis", TensorProtos.scalar(0));
    Map<String, DataType> types =
        type == DataType.DT_BOOL
            ? Map.of("Tidx", DataType.DT_INT32)
            : Map.of("T", type, "Tidx", DataType.DT_INT32);
    String[] scalars =
        vectors.stream()
            .map(vector -> editor.add(reduction, name + "/of", types, vector, axis))
            .toArray(String[]::new);
    return editor.add("Pack", name, Map.of("T", type, "N", scalars.length, "axis", 0), scalars);
  }
}
