package org.tfmot.examples.resnetcifar;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.tfmot.api.GraphModel;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.examples.report.LayerSummary;

/** Weight summaries of a stripped model, under the same layer names for every variant. */
final class Layers {

  private Layers() {}

  static List<LayerSummary> summaries(String variant, GraphModel model) {
    List<LayerSummary> summaries = new ArrayList<>();
    for (Variable variable : model.variables().values()) {
      if (variable.shape().numDimensions() < 2) {
        continue;
      }
      List<Integer> shape =
          Arrays.stream(variable.shape().asArray()).mapToObj(Math::toIntExact).toList();
      summaries.add(
          LayerSummary.of(
              variant, layer(variable.name()), shape, TensorProtos.toFloats(variable.value())));
    }
    return summaries;
  }

  private static String layer(String variable) {
    return variable.replaceFirst("(/Conv2D/folded_kernel|/kernel)$", "");
  }
}
