package org.tfmot.techniques.quantization;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.tensorflow.Tensor;
import org.tensorflow.proto.DataType;
import org.tfmot.api.GraphModel;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.quantization.Calibration.Observation;
import org.tfmot.techniques.quantization.plan.DataFlow;
import org.tfmot.techniques.quantization.plan.Poles;
import org.tfmot.techniques.quantization.plan.Poles.Pole;
import org.tfmot.techniques.quantization.plan.QuantizationPlan;
import org.tfmot.techniques.quantization.plan.ScoreBounds;
import org.tfmot.techniques.quantization.plan.Scores;
import org.tfmot.techniques.quantization.ranges.Range;

/** The values of a model's tensors in samples. */
final class Observed {

  private final Poles finder;
  private final List<Pole> poles;
  private final Map<TensorRef, Observation> tensors = new LinkedHashMap<>();

  private Observed(Poles finder) {
    this.finder = finder;
    poles = finder.observe();
  }

  /**
   * Runs samples through a model that is lowered for a plan. Tensors that are read for softmaxes
   * are observed without what these give no share.
   */
  static Observed of(
      GraphModel model,
      QuantizationPlan plan,
      boolean wide,
      CalibrationMethod method,
      Iterable<? extends Map<String, ? extends Tensor>> samples) {
    ModelEditor editor = new ModelEditor(model);
    Observed observed = new Observed(new Poles(editor));
    Scores scores = Scores.find(editor.graph(), new DataFlow(editor));
    ScoreBounds bounds = ScoreBounds.add(editor, scores, wide, tensor -> false);
    Map<TensorRef, TensorRef> seen = new LinkedHashMap<>();
    for (TensorRef tensor : tensors(plan)) {
      String bound = bounds.of(tensor);
      seen.put(
          tensor,
          bound == null
              ? tensor
              : TensorRef.of(
                  editor.add(
                      "Maximum",
                      tensor.node() + "/bounded",
                      Map.of("T", DataType.DT_FLOAT),
                      tensor.toString(),
                      bound)));
    }
    observed.poles.forEach(pole -> seen.put(pole.largest(), pole.largest()));
    seen.values().forEach(tensor -> editor.endpoints().operation(tensor.node()));
    List<TensorRef> functions =
        CoarseFunctions.inputs(editor.graph(), seen.keySet()).stream().map(seen::get).toList();
    Map<TensorRef, Observation> values =
        Calibration.observe(editor.build(), List.copyOf(seen.values()), functions, method, samples);
    seen.forEach(
        (tensor, other) -> observed.tensors.put(tensor, Objects.requireNonNull(values.get(other))));
    return observed;
  }

  private static List<TensorRef> tensors(QuantizationPlan plan) {
    return plan.activations().stream()
        .flatMap(
            point ->
                point.merged()
                    ? Stream.of(point.rangeOf(), point.tensor())
                    : Stream.of(point.rangeOf()))
        .distinct()
        .toList();
  }

  /** Returns whether all tensors of a plan were observed. */
  boolean covers(QuantizationPlan plan) {
    return tensors.keySet().containsAll(tensors(plan));
  }

  Map<TensorRef, Observation> tensors() {
    return tensors;
  }

  Range range(TensorRef tensor) {
    return Objects.requireNonNull(tensors.get(tensor)).range();
  }

  List<Pole> poles() {
    return new ArrayList<>(poles);
  }

  /** Returns the smallest magnitude of a pole's operand. */
  double smallest(Pole pole) {
    return 1 / (double) range(pole.largest()).max();
  }

  /** Returns what computes a pole's operand and nothing else, with a reason to leave it. */
  Map<String, String> operand(Pole pole, String why) {
    return finder.operand(pole, why);
  }
}
