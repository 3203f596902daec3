package org.tfmot.techniques.quantization;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;

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

  private Calibration(GraphModel model, List<TensorRef> tensors, CalibrationMethod method) {
    this.tensors = tensors;
    tensors.forEach(tensor -> estimators.add(method.estimator()));
    ModelEditor editor = new ModelEditor(model);
    for (int i = 0; i < tensors.size(); i++) {
      if (estimators.get(i).histogram() != null) {
        addHistogram(editor, i);
      }
    }
    minima = pack(editor, "Min");
    maxima = pack(editor, "Max");
    finite = pack(editor, "All");
    editor.endpoints().operation(minima).operation(maxima).operation(finite);
    observed = editor.build();
  }

  /**
   * The range of each tensor over all samples.
   *
   * @param method how it follows from the values
   * @throws IllegalArgumentException if there is no sample or a value is not finite
   */
  static Map<TensorRef, Range> run(
      GraphModel model,
      List<TensorRef> tensors,
      CalibrationMethod method,
      Iterable<? extends Map<String, ? extends Tensor>> samples) {
    Calibration calibration = new Calibration(model, tensors, method);
    calibration.observe(samples);
    Map<TensorRef, Range> ranges = new LinkedHashMap<>();
    for (int i = 0; i < tensors.size(); i++) {
      ranges.put(tensors.get(i), calibration.estimators.get(i).range());
    }
    return ranges;
  }

  private void observe(Iterable<? extends Map<String, ? extends Tensor>> samples) {
    int count = 0;
    try (LiveModel live = observed.open()) {
      for (Map<String, ? extends Tensor> sample : samples) {
        observe(live, sample, count++);
      }
    }
    if (count == 0) {
      throw new IllegalArgumentException(
          "calibration needs at least one sample of the model's inputs "
              + observed.inputs().keySet());
    }
  }

  private void observe(LiveModel live, Map<String, ? extends Tensor> sample, int number) {
    Session.Runner runner = runner(live, sample, number);
    try (Result result = runner.fetch(minima).fetch(maxima).fetch(finite).run()) {
      float[] min = TensorProtos.toFloats(TensorProtos.of(result.get(0)));
      float[] max = TensorProtos.toFloats(TensorProtos.of(result.get(1)));
      for (int i = 0; i < estimators.size(); i++) {
        if (!result.get(2).asRawTensor().data().asBooleans().getBoolean(i)) {
          throw new IllegalArgumentException(
              "sample %d gives the tensor \"%s\" a value that is not finite"
                  .formatted(number, tensors.get(i)));
        }
        // A sample without examples has the range [inf, -inf].
        if (min[i] <= max[i]) {
          estimators.get(i).see(min[i], max[i]);
        }
      }
    }
    if (!histograms.isEmpty()) {
      count(runner(live, sample, number));
    }
  }

  private Session.Runner runner(LiveModel live, Map<String, ? extends Tensor> sample, int number) {
    Map<String, Tensor> feeds = new LinkedHashMap<>();
    for (String input : observed.inputs().keySet()) {
      Tensor tensor = sample.get(input);
      if (tensor == null) {
        throw new IllegalArgumentException(
            "sample %d has no tensor for the input \"%s\", only %s"
                .formatted(number, input, sample.keySet()));
      }
      feeds.put(input, tensor);
    }
    return live.runner(feeds);
  }

  private void count(Session.Runner runner) {
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
      try (Result result = runner.run()) {
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

  /** One tensor with the reduction of each point. */
  private String pack(ModelEditor editor, String reduction) {
    boolean isCheck = reduction.equals("All");
    String[] scalars = new String[tensors.size()];
    for (int i = 0; i < scalars.length; i++) {
      String name = "calibration/" + reduction + "/" + i;
      String values = tensors.get(i).toString();
      if (isCheck) {
        values = editor.add("IsFinite", name + "/finite", Map.of("T", DataType.DT_FLOAT), values);
      }
      scalars[i] = Reductions.all(editor, reduction, name, values);
    }
    DataType type = isCheck ? DataType.DT_BOOL : DataType.DT_FLOAT;
    return editor.add(
        "Pack",
        "calibration/" + reduction + "/all",
        Map.of("T", type, "N", scalars.length, "axis", 0),
        scalars);
  }
}
