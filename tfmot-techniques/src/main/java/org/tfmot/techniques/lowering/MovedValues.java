package org.tfmot.techniques.lowering;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** Follows a value through operations that only move it, to those that compute with it. */
final class MovedValues {

  private MovedValues() {}

  /**
   * Returns all that reads a value, as it is or moved; what moves it is among them.
   *
   * @param <V> a value: a node's or a tensor's
   * @param <R> a reader
   * @param readers the readers of a value
   * @param moved where a reader hands the value on; none if it computes with it
   */
  static <V, R> List<R> readers(
      V value, Function<V, Collection<R>> readers, Function<R, Collection<V>> moved) {
    List<R> all = new ArrayList<>();
    Set<V> seen = new HashSet<>(Set.of(value));
    Deque<V> open = new ArrayDeque<>(seen);
    while (!open.isEmpty()) {
      for (R reader : readers.apply(open.pop())) {
        all.add(reader);
        moved.apply(reader).stream().filter(seen::add).forEach(open::push);
      }
    }
    return all;
  }
}
