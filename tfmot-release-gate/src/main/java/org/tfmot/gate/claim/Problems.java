package org.tfmot.gate.claim;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Collects what is wrong, each with its place, so that all of it can be said at once. */
final class Problems {

  private final String subject;
  private final List<String> found;
  private final String place;

  Problems(String subject) {
    this(subject, new ArrayList<>(), "");
  }

  private Problems(String subject, List<String> found, String place) {
    this.subject = subject;
    this.found = found;
    this.place = place;
  }

  /** The same list, for a place further in. */
  Problems at(Object step) {
    String name = step.toString().replace("~", "~0").replace("/", "~1");
    return new Problems(subject, found, place + "/" + name);
  }

  void add(String problem, @Nullable Object... values) {
    found.add((place.isEmpty() ? "" : place + ": ") + problem.formatted(values));
  }

  void require(boolean holds, String key, String problem, @Nullable Object... values) {
    if (!holds) {
      at(key).add(problem, values);
    }
  }

  int count() {
    return found.size();
  }

  boolean none() {
    return found.isEmpty();
  }

  List<String> all() {
    return List.copyOf(found);
  }

  void throwIfAny() {
    if (!found.isEmpty()) {
      throw new InvalidDescriptorException(subject, found);
    }
  }
}
