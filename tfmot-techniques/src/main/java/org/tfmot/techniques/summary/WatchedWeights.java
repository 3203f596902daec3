package org.tfmot.techniques.summary;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.weights.ThawedModel;
import org.tfmot.techniques.weights.Weight;
import org.tfmot.techniques.weights.WeightedLayers;
import org.tfmot.techniques.weights.WeightedLayers.Layer;

/** The layers of a model, and the tensors that have their weights as they read them. */
record WatchedWeights(List<Watched> weights) {

  /** One layer. */
  record Watched(
      String operation, String type, String weight, String tensor, List<Integer> channels) {

    Watched {
      channels = List.copyOf(channels);
    }
  }

  WatchedWeights {
    weights = List.copyOf(weights);
  }

  /**
   * Finds them.
   *
   * @throws IllegalArgumentException if the model was frozen with what techniques put into it
   */
  static WatchedWeights of(GraphModel model) {
    requireVariables(model);
    ThawedModel thawed = ThawedModel.of(model);
    WeightedLayers found =
        WeightedLayers.find(
            thawed.model(),
            new ModelEditor(thawed.model()),
            LayerSelector.layers(),
            true,
            "a summary");
    List<Watched> weights = new ArrayList<>();
    for (Layer layer : found.layers()) {
      Weight weight = layer.weight();
      String variable = weight.variable().name();
      String constant = thawed.constants().get(variable);
      String tensor = constant == null || weight.standIn() != null ? weight.tensor() : constant;
      weights.add(
          new Watched(
              layer.node().getName(),
              layer.node().getOp(),
              constant == null ? variable : constant,
              tensor,
              layer.channels()));
    }
    return new WatchedWeights(weights);
  }

  private static void requireVariables(GraphModel model) {
    for (NodeDef node : model.graphDef().getNodeList()) {
      String variable = Weight.standsFor(node);
      if (variable != null && !model.variables().containsKey(variable)) {
        throw new IllegalArgumentException(
            ("\"%s\" is the weight \"%s\" as a technique changed it, and the weight itself was"
                    + " frozen: strip() the model before freeze()")
                .formatted(node.getName(), variable));
      }
    }
  }

  List<String> tensors() {
    return weights.stream().map(Watched::tensor).distinct().toList();
  }

  /** The summary of the tensors' values. */
  WeightSummary summary(Map<String, TensorProto> values) {
    List<LayerSummary> layers = new ArrayList<>();
    for (Watched each : weights) {
      TensorProto value = values.get(each.tensor);
      if (value == null) {
        throw new IllegalStateException("\"" + each.tensor + "\" was not evaluated");
      }
      layers.add(
          LayerSummary.of(
              each.operation,
              each.type,
              each.weight,
              TensorProtos.shape(value),
              each.channels,
              TensorProtos.toFloats(value)));
    }
    return new WeightSummary(layers);
  }
}
