package org.tfmot.techniques.quantization;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.family.TType;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;

/** Observes the smallest and the largest value of tensors while samples run through a model. */
final class Calibration {

  private final List<TensorRef> tensors;
  private final GraphModel observed;
  private final String minima;
  private final String maxima;
  private final String finite;
  private final Range[] ranges;

  private Calibration(GraphModel model, List<TensorRef> tensors) {
    this.tensors = tensors;
    ranges = new Range[tensors.size()];
    Arrays.fill(ranges, Range.ZERO);
    ModelEditor editor = new ModelEditor(model);
    minima = pack(editor, "Min");
    maxima = pack(editor, "Max");
    finite = pack(editor, "All");
    editor.endpoints().operation(minima).operation(maxima).operation(finite);
    observed = editor.build();
  }

  /**
   * The range of each tensor over all samples.
   *
   * @throws IllegalArgumentException if there is no sample or a value is not finite
   */
  static Map<TensorRef, Range> run(
      GraphModel model,
      List<TensorRef> tensors,
      Iterable<? extends Map<String, ? extends Tensor>> samples) {
    Calibration calibration = new Calibration(model, tensors);
    calibration.observe(samples);
    Map<TensorRef, Range> ranges = new LinkedHashMap<>();
    for (int i = 0; i < tensors.size(); i++) {
      ranges.put(tensors.get(i), calibration.ranges[i]);
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
    Session.Runner runner = live.session().runner();
    for (String input : observed.inputs().keySet()) {
      Tensor tensor = sample.get(input);
      if (tensor == null) {
        throw new IllegalArgumentException(
            "sample %d has no tensor for the input \"%s\", only %s"
                .formatted(number, input, sample.keySet()));
      }
      runner.feed(live.input(input), (TType) tensor);
    }
    try (Result result = runner.fetch(minima).fetch(maxima).fetch(finite).run()) {
      float[] min = TensorProtos.toFloats(TensorProtos.of(result.get(0)));
      float[] max = TensorProtos.toFloats(TensorProtos.of(result.get(1)));
      for (int i = 0; i < ranges.length; i++) {
        if (!result.get(2).asRawTensor().data().asBooleans().getBoolean(i)) {
          throw new IllegalArgumentException(
              "sample %d gives the tensor \"%s\" a value that is not finite"
                  .formatted(number, tensors.get(i)));
        }
        // A sample without examples has the range [inf, -inf].
        if (min[i] <= max[i]) {
          ranges[i] = ranges[i].union(min[i], max[i]);
        }
      }
    }
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
