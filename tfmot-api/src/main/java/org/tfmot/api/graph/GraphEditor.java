package org.tfmot.api.graph;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * A GraphDef in the making: nodes by name and who consumes them, kept up to date under every
 * change. Passes over the whole graph are {@link #retain}, the first question about consumers and
 * the first one after it, and {@link #dataDependents}; all else costs time in proportion to what it
 * touches, so that a rewrite is linear in the size of the graph.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class GraphEditor {

  private static final String COLOCATION = "_class";

  private final GraphDef origin;
  private final Map<String, NodeDef> nodes = new LinkedHashMap<>();
  private final Map<String, Integer> nameCounts = new HashMap<>();

  /** Made when it is asked for, which takes longer than to read the graph; then kept up to date. */
  private @Nullable Consumers consumers;

  /** Starts from a graph, which stays as it is. Colocation hints are dropped. */
  public GraphEditor(GraphDef graph) {
    Arguments.require(graph, "graph");
    this.origin = graph;
    for (NodeDef node : graph.getNodeList()) {
      insert(node);
    }
  }

  /** All nodes, in the order in which they were added; a copy. */
  public List<NodeDef> nodes() {
    return new ArrayList<>(nodes.values());
  }

  /**
   * Returns the nodes, each behind those that it needs for data or for order. Loops of TensorFlow 1
   * and what comes behind them are left out.
   */
  public List<NodeDef> inOrder() {
    Map<String, Integer> waiting = new HashMap<>();
    Deque<String> ready = new ArrayDeque<>();
    for (NodeDef node : nodes.values()) {
      Set<String> producers = new HashSet<>();
      node.getInputList().forEach(input -> producers.add(TensorRef.parse(input).node()));
      waiting.put(node.getName(), producers.size());
      if (producers.isEmpty()) {
        ready.add(node.getName());
      }
    }
    List<NodeDef> order = new ArrayList<>();
    while (!ready.isEmpty()) {
      String name = ready.remove();
      order.add(node(name));
      for (NodeDef user : consumers(name)) {
        if (waiting.merge(user.getName(), -1, Integer::sum) == 0) {
          ready.add(user.getName());
        }
      }
    }
    return order;
  }

  /**
   * The node of a name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public NodeDef node(String name) {
    NodeDef node = nodes.get(name);
    if (node == null) {
      throw new IllegalArgumentException("the graph has no node \"" + name + "\"");
    }
    return node;
  }

  /** The node of a name, or null. */
  public @Nullable NodeDef find(String name) {
    return nodes.get(name);
  }

  /** The node that produces a tensor. */
  public NodeDef producer(String tensor) {
    return node(TensorRef.parse(tensor).node());
  }

  /** The node that produces a node's data input. */
  public NodeDef input(NodeDef node, int index) {
    return producer(node.getInput(index));
  }

  /**
   * The nodes that use any output of a node, control dependencies included. They are in the graph's
   * order, but where nodes have been added or replaced.
   */
  public List<NodeDef> consumers(String node) {
    List<NodeDef> users = new ArrayList<>();
    for (String user : index().of(node)) {
      users.add(node(user));
    }
    return users;
  }

  /**
   * Returns whether a node that uses any output of a node, control dependencies included, has a
   * name that satisfies a condition. Stops at the first one, where {@link #consumers(String)} costs
   * the number of users.
   */
  public boolean anyConsumer(String node, Predicate<String> name) {
    return index().of(node).stream().anyMatch(name);
  }

  /** The nodes that use one tensor as data. */
  public List<NodeDef> consumers(TensorRef tensor) {
    List<NodeDef> users = new ArrayList<>();
    for (String name : index().of(tensor.node())) {
      NodeDef user = node(name);
      if (!inputs(user, tensor).isEmpty()) {
        users.add(user);
      }
    }
    return users;
  }

  /** Adds a node and returns its name. */
  public String add(NodeDef node) {
    if (nodes.containsKey(node.getName())) {
      throw new IllegalArgumentException("the graph already has a node \"" + node.getName() + "\"");
    }
    insert(node);
    return node.getName();
  }

  /** Puts a node in place of the one with the same name. */
  public void replace(NodeDef node) {
    NodeDef old = node(node.getName());
    if (consumers != null) {
      consumers.remove(old);
    }
    insert(node);
  }

  /** Makes one data input of a node read another tensor. */
  public void setInput(String node, int index, String tensor) {
    rewire(node(node), List.of(index), tensor);
  }

  /** Makes all users of a tensor that satisfy a condition read another one. */
  public void redirect(TensorRef from, TensorRef to, Predicate<NodeDef> which) {
    for (NodeDef user : consumers(from)) {
      if (which.test(user)) {
        rewire(user, inputs(user, from), to.toString());
      }
    }
  }

  /** Returns at which of its inputs a node reads a tensor. */
  private List<Integer> inputs(NodeDef user, TensorRef tensor) {
    List<Integer> places = new ArrayList<>(1);
    for (int place : index().places(tensor.node(), user.getName())) {
      if (TensorRef.parse(user.getInput(place)).equals(tensor)) {
        places.add(place);
      }
    }
    return places;
  }

  /** Changes some inputs; a node may have thousands of others, which nothing is done with. */
  private void rewire(NodeDef user, List<Integer> places, String tensor) {
    NodeDef.Builder changed = user.toBuilder();
    for (int place : places) {
      if (consumers != null) {
        consumers.move(user, place, TensorRef.parse(tensor).node());
      }
      changed.setInput(place, tensor);
    }
    nodes.put(user.getName(), changed.build());
  }

  /** A name that no node has yet: the wish itself, or the wish with a number behind it. */
  public String uniqueName(String wish) {
    String name = wish;
    while (nodes.containsKey(name)) {
      name = wish + "_" + nameCounts.merge(wish, 1, Integer::sum);
    }
    return name;
  }

  /** Keeps only what the given nodes need, data and control. */
  public void retain(Collection<String> roots) {
    Set<String> needed = reachable(roots);
    if (needed.size() < nodes.size()) {
      nodes.keySet().retainAll(needed);
      consumers = null;
    }
  }

  /**
   * The names of all nodes that the given nodes need, for data or for order, themselves included.
   */
  public Set<String> reachable(Collection<String> roots) {
    return walk(roots, true);
  }

  /** The names of all nodes whose values flow into the given nodes, themselves included. */
  public Set<String> dataReachable(Collection<String> roots) {
    return walk(roots, false);
  }

  private Set<String> walk(Collection<String> roots, boolean throughControl) {
    Set<String> seen = new HashSet<>(roots);
    Deque<String> open = new ArrayDeque<>(roots);
    while (!open.isEmpty()) {
      for (String input : node(open.pop()).getInputList()) {
        TensorRef tensor = TensorRef.parse(input);
        if ((throughControl || !tensor.isControl()) && seen.add(tensor.node())) {
          open.push(tensor.node());
        }
      }
    }
    return seen;
  }

  /** The names of all nodes that depend on the given ones, themselves included. */
  public Set<String> dependents(Collection<String> sources) {
    return dependents(sources, index());
  }

  /** The names of all nodes that values of the given ones flow into, themselves included. */
  public Set<String> dataDependents(Collection<String> sources) {
    return dependents(sources, new Consumers(nodes.values(), input -> !input.isControl()));
  }

  /**
   * Returns the names of all nodes whose values some tensors change, such as the inputs of a model,
   * the tensors' own nodes included; the others are the same in every run.
   */
  public Set<String> changedBy(Collection<String> tensors) {
    return changedBy(tensors, node -> false);
  }

  /**
   * Returns the names as {@link #changedBy(Collection)} does.
   *
   * @param fixed nodes whose values stay although what they read changes, such as shapes
   */
  public Set<String> changedBy(Collection<String> tensors, Predicate<NodeDef> fixed) {
    List<NodeDef> changing = nodes();
    changing.removeIf(fixed);
    return dependents(
        tensors.stream().map(tensor -> TensorRef.parse(tensor).node()).toList(),
        new Consumers(changing, input -> !input.isControl()));
  }

  private static Set<String> dependents(Collection<String> sources, Consumers users) {
    Set<String> seen = new LinkedHashSet<>(sources);
    Deque<String> open = new ArrayDeque<>(sources);
    while (!open.isEmpty()) {
      for (String user : users.of(open.pop())) {
        if (seen.add(user)) {
          open.push(user);
        }
      }
    }
    return seen;
  }

  /** The graph as it stands. */
  public GraphDef build() {
    return origin.toBuilder().clearNode().addAllNode(nodes.values()).build();
  }

  private void insert(NodeDef given) {
    NodeDef node =
        given.containsAttr(COLOCATION) ? given.toBuilder().removeAttr(COLOCATION).build() : given;
    nodes.put(node.getName(), node);
    if (consumers != null) {
      consumers.add(node);
    }
  }

  private Consumers index() {
    if (consumers == null) {
      consumers = new Consumers(nodes.values(), input -> true);
    }
    return consumers;
  }
}
