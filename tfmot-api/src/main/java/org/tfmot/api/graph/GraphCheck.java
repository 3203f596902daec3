package org.tfmot.api.graph;

import java.util.Locale;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.GraphDef;

/**
 * The one check at every entrance for graphs by others. A graph that passes has
 *
 * <ul>
 *   <li>nodes of different, possible names, with inputs that exist, as many and of such types as
 *       their operations take;
 *   <li>attributes of the kinds and values that the operations allow, if TensorFlow knows them;
 *   <li>tensors and shapes that TensorFlow has room for, with as many values as their shapes say;
 *   <li>no circles but those of loops, through {@code NextIteration};
 *   <li>functions that do not call themselves, nor become too many nodes when calls are replaced by
 *       bodies.
 * </ul>
 *
 * <p>Nobody behind the entrance looks at any of this again. TensorFlow itself ends the process at
 * some of it. Takes time in proportion to the size of the graph.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class GraphCheck {

  /** TensorFlow makes room for every output of a node, read or not. */
  private static final long MOST_OUTPUTS = 4_000_000;

  private GraphCheck() {}

  /**
   * Verifies a graph.
   *
   * @throws IllegalArgumentException naming the node or the function, and what is wrong with it
   */
  public static void verify(GraphDef graph) {
    String circle = circle(graph);
    if (circle != null) {
      throw new IllegalArgumentException(circle);
    }
  }

  /**
   * Verifies a graph, but for circles of its nodes.
   *
   * @return the nodes of a circle and that it is one; null if there is none
   * @throws IllegalArgumentException naming the node or the function, and what else is wrong with
   *     it
   */
  public static @Nullable String circle(GraphDef graph) {
    OpDefinitions definitions = new OpDefinitions(graph);
    FunctionsCheck functions = new FunctionsCheck(graph, definitions);
    functions.verify();
    NodesCheck nodes = nodes(graph, definitions);
    long outputs = functions.outputs() + nodes.outputs();
    if (outputs > MOST_OUTPUTS) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "the graph's nodes have %,d outputs together, more than the %,d that a graph can"
                  + " have",
              outputs,
              MOST_OUTPUTS));
    }
    IllegalArgumentException disorder = nodes.disorder(chains(nodes));
    return disorder == null ? null : String.valueOf(disorder.getMessage());
  }

  /**
   * Returns the number of nodes in the longest chain of a graph, in which each reads, or waits for,
   * the one before it. A node that calls functions is as long as the longest chain in them.
   *
   * @throws IllegalArgumentException if the graph is not valid
   */
  public static int longestChain(GraphDef graph) {
    OpDefinitions definitions = new OpDefinitions(graph);
    FunctionsCheck functions = new FunctionsCheck(graph, definitions);
    functions.verify();
    NodesCheck nodes = nodes(graph, definitions);
    Chains chains = chains(nodes);
    nodes.weigh(chains, functions.lengths());
    IllegalArgumentException disorder = nodes.disorder(chains);
    if (disorder != null) {
      throw disorder;
    }
    return chains.longest();
  }

  private static NodesCheck nodes(GraphDef graph, OpDefinitions definitions) {
    NodesCheck nodes = new NodesCheck(graph.getNodeList(), definitions, null);
    nodes.verifyNodes();
    return nodes;
  }

  private static Chains chains(NodesCheck nodes) {
    return nodes.verifyInputs(input -> source(nodes, input));
  }

  private static NodesCheck.Source source(NodesCheck nodes, String input) {
    TensorRef tensor = TensorRef.parse(input);
    Integer number = nodes.number(tensor.node());
    if (number == null) {
      throw nodes.missing(input, tensor.node());
    }
    return nodes.output(number, tensor.index());
  }
}
