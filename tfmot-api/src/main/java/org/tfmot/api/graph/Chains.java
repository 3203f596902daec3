package org.tfmot.api.graph;

import java.util.Arrays;
import java.util.LinkedList;
import java.util.List;

/**
 * Chains of things that need each other, numbered from 0: an order in which each comes after all
 * that it needs, and how long the chains are (Kahn's algorithm). All links come first, then {@link
 * #sort}.
 */
final class Chains {

  private final int count;
  private int[] from = new int[16];
  private int[] to = new int[16];
  private int links;

  /** Number of a node's inputs that are not ordered yet. */
  private final int[] waiting;

  private final int[] weights;
  private final int[] order;
  private final int[] lengths;

  Chains(int count) {
    this.count = count;
    waiting = new int[count];
    weights = new int[count];
    Arrays.fill(weights, 1);
    order = new int[count];
    lengths = new int[count];
  }

  /** Says that one thing needs another. */
  void link(int needed, int user) {
    if (links == from.length) {
      from = Arrays.copyOf(from, 2 * links);
      to = Arrays.copyOf(to, 2 * links);
    }
    from[links] = needed;
    to[links++] = user;
  }

  /** Says for how many a thing counts in the length of a chain; for 1 if nothing is said. */
  void weigh(int thing, int weight) {
    weights[thing] = weight;
  }

  /**
   * Finds the order.
   *
   * @return whether there is one; if not, there is a {@link #circle}
   */
  boolean sort() {
    Arrays.fill(waiting, 0);
    for (int i = 0; i < links; i++) {
      waiting[to[i]]++;
    }
    int[] starts = new int[count + 1];
    for (int i = 0; i < links; i++) {
      starts[from[i] + 1]++;
    }
    for (int i = 0; i < count; i++) {
      starts[i + 1] += starts[i];
    }
    int[] next = Arrays.copyOf(starts, count);
    int[] users = new int[links];
    for (int i = 0; i < links; i++) {
      users[next[from[i]]++] = to[i];
    }
    int found = 0;
    for (int i = 0; i < count; i++) {
      if (waiting[i] == 0) {
        lengths[i] = weights[i];
        order[found++] = i;
      }
    }
    for (int done = 0; done < found; done++) {
      int needed = order[done];
      for (int i = starts[needed]; i < starts[needed + 1]; i++) {
        int user = users[i];
        lengths[user] = Math.max(lengths[user], lengths[needed] + weights[user]);
        if (--waiting[user] == 0) {
          order[found++] = user;
        }
      }
    }
    return found == count;
  }

  /** Returns the order; each comes after all that it needs. */
  int[] order() {
    return order;
  }

  /** Returns the length of the longest chain, in things, or in their weights. */
  int longest() {
    return Arrays.stream(lengths).max().orElse(0);
  }

  /** Returns things that need each other in a circle, each the one before it. */
  List<Integer> circle() {
    int[] needs = new int[count];
    int at = 0;
    for (int i = 0; i < links; i++) {
      if (waiting[from[i]] > 0 && waiting[to[i]] > 0) {
        needs[to[i]] = from[i];
        at = to[i];
      }
    }
    boolean[] seen = new boolean[count];
    for (; !seen[at]; at = needs[at]) {
      seen[at] = true;
    }
    LinkedList<Integer> circle = new LinkedList<>(List.of(at));
    for (int i = needs[at]; i != at; i = needs[i]) {
      circle.addFirst(i);
    }
    return circle;
  }
}
