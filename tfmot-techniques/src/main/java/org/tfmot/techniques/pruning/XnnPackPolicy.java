package org.tfmot.techniques.pruning;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.OptimizationReport.Entry;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorRef;

/**
 * Convolutions that XNNPACK can compute without their zeros, and the rules that others break: a
 * subgraph from 3x3 convolutions with stride 2 to the mean over the image, in which every operation
 * keeps {@link XnnPackRules} and nothing is read from outside.
 *
 * @param convolutions the 1x1 convolutions of subgraphs without fault
 * @param broken the operations that break a rule, and the rule, by their names
 */
record XnnPackPolicy(Set<String> convolutions, Map<String, Entry> broken) {

  /** One candidate: what leads to an end. */
  private record Subgraph(Set<String> nodes, Map<String, String> broken) {}

  /** Looks at a model as it is in inference. */
  static XnnPackPolicy of(GraphModel model) {
    GraphModel inference =
        model.isTraining() || !model.updates().isEmpty() ? model.toInference() : model;
    try (LiveModel live = inference.open()) {
      return new Search(inference, live).run();
    }
  }

  /** Returns why an operation's weight is not pruned; null if it is. */
  @Nullable String refusal(String operation) {
    if (convolutions.contains(operation)) {
      return null;
    }
    Entry entry = broken.get(operation);
    return entry != null
        ? entry.detail()
        : "not a 1x1 convolution of a subgraph that XNNPACK's sparse inference can run";
  }

  /** Says why nothing can be pruned, by all rules that are broken. */
  IllegalArgumentException nothing() {
    List<String> lines = new ArrayList<>();
    broken
        .values()
        .forEach(e -> lines.add("%s (%s): %s".formatted(e.operation(), e.type(), e.detail())));
    return new IllegalArgumentException(
        "XNNPACK's sparse inference can run no 1x1 convolution that is selected"
            + (lines.isEmpty() ? "" : "; rules that are broken:\n  " + String.join("\n  ", lines)));
  }

  /** Walks the inference graph and checks each operation against XNNPACK's sparse rules. */
  private static final class Search {
    private final GraphEditor graph;
    private final Set<String> outputs = new LinkedHashSet<>();
    private final Set<String> inputs = new LinkedHashSet<>();
    private final Set<String> path;
    private final XnnPackRules rules;

    Search(GraphModel model, LiveModel live) {
      graph = new GraphEditor(model.graphDef());
      model.outputs().values().forEach(tensor -> outputs.add(TensorRef.parse(tensor).node()));
      model.inputs().values().forEach(tensor -> inputs.add(TensorRef.parse(tensor).node()));
      path = graph.dataDependents(inputs);
      path.retainAll(graph.dataReachable(outputs));
      rules = new XnnPackRules(graph, live.graph(), path);
    }

    XnnPackPolicy run() {
      List<Subgraph> subgraphs = new ArrayList<>();
      for (NodeDef node : graph.nodes()) {
        if (path.contains(node.getName()) && rules.ends(node)) {
          merge(subgraphs, subgraph(node));
        }
      }
      Map<String, String> broken = new LinkedHashMap<>();
      Set<String> convolutions = new LinkedHashSet<>();
      for (Subgraph subgraph : subgraphs) {
        checkReaders(subgraph);
        broken.putAll(subgraph.broken);
        if (subgraph.broken.isEmpty()) {
          subgraph.nodes.stream()
              .filter(name -> rules.isPointwise(graph.node(name)))
              .forEach(convolutions::add);
        }
      }
      if (subgraphs.isEmpty()) {
        outputs.forEach(
            name ->
                broken.put(
                    name,
                    "nothing before it is a Mean over height and width, or a DepthToSpace, where"
                        + " the subgraph has to end"));
      }
      return new XnnPackPolicy(convolutions, entries(broken));
    }

    /** Follows the data from an end back to where the subgraph begins. */
    private Subgraph subgraph(NodeDef end) {
      Subgraph found = new Subgraph(new LinkedHashSet<>(), new LinkedHashMap<>());
      Deque<String> open = new ArrayDeque<>(List.of(end.getName()));
      found.nodes.add(end.getName());
      while (!open.isEmpty()) {
        NodeDef node = graph.node(open.pop());
        String rule = rules.broken(node);
        if (rule != null) {
          found.broken.put(node.getName(), rule);
        }
        if (rules.begins(node)) {
          continue;
        }
        for (TensorRef input : rules.dynamicInputs(node)) {
          if (inputs.contains(input.node())) {
            found.broken.putIfAbsent(
                node.getName(),
                "it reads the model's input, where the subgraph has to begin with a 3x3 convolution"
                    + " with stride 2 over 3 channels");
          } else if (found.nodes.add(input.node())) {
            open.push(input.node());
          }
        }
      }
      return found;
    }

    /** Subgraphs that share operations are one. */
    private static void merge(List<Subgraph> subgraphs, Subgraph added) {
      List<Subgraph> others = new ArrayList<>(subgraphs);
      for (Subgraph other : others) {
        if (other.nodes.stream().anyMatch(added.nodes::contains)) {
          added.nodes.addAll(other.nodes);
          added.broken.putAll(other.broken);
          subgraphs.remove(other);
        }
      }
      subgraphs.add(added);
    }

    /** Requires that the subgraph's tensors have no readers outside of it. */
    private void checkReaders(Subgraph subgraph) {
      for (String name : subgraph.nodes) {
        List<NodeDef> readers = rules.readers(graph.node(name));
        if (readers.stream().noneMatch(reader -> subgraph.nodes.contains(reader.getName()))) {
          continue;
        }
        for (NodeDef reader : readers) {
          if (path.contains(reader.getName()) && !subgraph.nodes.contains(reader.getName())) {
            subgraph.broken.putIfAbsent(
                reader.getName(),
                "it reads \"%s\", which only the subgraph before the mean may read"
                    .formatted(name));
          }
        }
        if (outputs.contains(name)) {
          subgraph.broken.putIfAbsent(
              name, "an output of the model must not be inside the subgraph");
        }
      }
    }

    /** In the graph's order, whatever way they were found. */
    private Map<String, Entry> entries(Map<String, String> broken) {
      Map<String, Entry> entries = new LinkedHashMap<>();
      for (NodeDef node : graph.nodes()) {
        String rule = broken.get(node.getName());
        if (rule != null) {
          entries.put(node.getName(), new Entry(node.getName(), node.getOp(), rule));
        }
      }
      return entries;
    }
  }
}
