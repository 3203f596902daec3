package org.tfmot.techniques.lowering;

import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import org.apiguardian.api.API;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorRef;

/**
 * Finds elementwise functions that TensorFlow Lite has no operation for and that nothing here
 * writes by others.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class UnknownFunctions {

  private static final Set<String> UNKNOWN =
      Set.copyOf(
          Splitter.on(CharMatcher.whitespace())
              .omitEmptyStrings()
              .splitToList(
                  """
                  BesselI0 BesselI0e BesselI1 BesselI1e BesselJ0 BesselJ1 BesselK0 BesselK0e
                  BesselK1 BesselK1e BesselY0 BesselY1 Betainc Dawsn Digamma Erfinv Expint
                  FresnelCos FresnelSin Igamma IgammaGradA Igammac Ndtri NextAfter Polygamma
                  QuantizeAndDequantize Spence Zeta
                  EluGrad InvGrad LeakyReluGrad RandomGammaGrad ReciprocalGrad Relu6Grad ReluGrad
                  SoftplusGrad SoftsignGrad
                  """));

  private static final int MOST_NAMES = 5;

  private UnknownFunctions() {}

  /**
   * Returns a sentence about such functions of a model's inputs, if there are any.
   *
   * @param inputs tensors of the model
   * @param outputs likewise
   */
  public static Optional<String> find(
      GraphDef graphDef, Collection<String> inputs, Collection<String> outputs) {
    if (graphDef.getNodeList().stream().noneMatch(node -> UNKNOWN.contains(node.getOp()))) {
      return Optional.empty();
    }
    GraphEditor graph = new GraphEditor(graphDef);
    Set<String> dynamic = graph.changedBy(inputs);
    dynamic.retainAll(
        graph.reachable(outputs.stream().map(end -> TensorRef.parse(end).node()).toList()));
    Set<String> found = new LinkedHashSet<>();
    for (NodeDef node : graphDef.getNodeList()) {
      boolean unknown = UNKNOWN.contains(node.getOp()) && dynamic.contains(node.getName());
      if (unknown && found.size() < MOST_NAMES) {
        found.add("%s \"%s\"".formatted(node.getOp(), node.getName()));
      }
    }
    return found.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "TensorFlow Lite has no operation for %s: express it by others, end the model before"
                    .formatted(String.join(", ", found))
                + " it, or, if it is a function of one tensor, quantize it: int8() reads it from a"
                + " table");
  }
}
