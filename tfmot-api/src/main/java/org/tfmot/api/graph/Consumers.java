package org.tfmot.api.graph;

import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.tensorflow.proto.NodeDef;

/**
 * The users of each node, and at which of their inputs they read it, so that neither a node with
 * thousands of users nor one with thousands of inputs is walked over for one of them.
 */
final class Consumers {

  /** Most nodes have one or two users. */
  private static final int FEW = 4;

  private final Map<String, Map<String, Collection<Integer>>> users = new HashMap<>();
  private final Predicate<TensorRef> which;

  /** The users of some nodes through such inputs. */
  Consumers(Collection<NodeDef> nodes, Predicate<TensorRef> which) {
    this.which = which;
    nodes.forEach(this::add);
  }

  /** Returns the names of a node's users, in the order in which they were added. */
  Set<String> of(String node) {
    Map<String, Collection<Integer>> of = users.get(node);
    return of == null ? Collections.emptySet() : of.keySet();
  }

  /** Returns the inputs of a user that read a node, in order. */
  Collection<Integer> places(String node, String user) {
    Map<String, Collection<Integer>> of = users.get(node);
    Collection<Integer> places = of == null ? null : of.get(user);
    return places == null ? List.of() : places;
  }

  void add(NodeDef user) {
    for (int place = 0; place < user.getInputCount(); place++) {
      TensorRef tensor = TensorRef.parse(user.getInput(place));
      if (which.test(tensor)) {
        add(tensor.node(), user.getName(), place);
      }
    }
  }

  private void add(String node, String user, int place) {
    Map<String, Collection<Integer>> of =
        users.computeIfAbsent(node, key -> new LinkedHashMap<>(FEW));
    Collection<Integer> before = of.get(user);
    if (before == null) {
      of.put(user, Collections.singleton(place));
    } else if (before instanceof TreeSet<Integer> several) {
      several.add(place);
    } else {
      TreeSet<Integer> several = new TreeSet<>(before);
      several.add(place);
      of.put(user, several);
    }
  }

  void remove(NodeDef user) {
    for (String input : user.getInputList()) {
      Map<String, Collection<Integer>> of = users.get(TensorRef.parse(input).node());
      if (of != null) {
        of.remove(user.getName());
      }
    }
  }

  /** Notes that a user reads another node at one of its inputs from now on. */
  void move(NodeDef user, int place, String node) {
    Map<String, Collection<Integer>> from =
        Objects.requireNonNull(users.get(TensorRef.parse(user.getInput(place)).node()));
    Collection<Integer> places = Objects.requireNonNull(from.get(user.getName()));
    if (places.size() == 1) {
      from.remove(user.getName());
    } else {
      places.remove(place);
    }
    add(node, user.getName(), place);
  }
}
