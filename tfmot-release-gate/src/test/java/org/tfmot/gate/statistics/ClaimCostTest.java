package org.tfmot.gate.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ClaimCostTest {
  private static double expectedCost(List<ClaimCost> order) {
    double reached = 1;
    double cost = 0;
    for (ClaimCost claim : order) {
      cost += reached * claim.cost();
      reached *= 1 - claim.failure();
    }
    return cost;
  }

  private static double best(List<ClaimCost> rest, List<ClaimCost> chosen) {
    if (rest.isEmpty()) {
      return expectedCost(chosen);
    }
    double best = Double.POSITIVE_INFINITY;
    for (ClaimCost claim : rest) {
      List<ClaimCost> others = new ArrayList<>(rest);
      others.remove(claim);
      List<ClaimCost> next = new ArrayList<>(chosen);
      next.add(claim);
      best = Math.min(best, best(others, next));
    }
    return best;
  }

  @Test
  void cheapestFirst_isTheBestOfAllOrders() {
    SplittableRandom random = new SplittableRandom(2);
    for (int trial = 0; trial < 50; trial++) {
      List<ClaimCost> claims = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        claims.add(new ClaimCost("c" + i, random.nextDouble(1, 50), random.nextDouble()));
      }
      List<ClaimCost> order = ClaimCost.cheapestFirst(claims);
      assertEquals(best(claims, List.of()), expectedCost(order), 1e-9);
    }
  }

  @Test
  void cheapestFirst_freeFirst_neverFailingLast_tiesById() {
    ClaimCost free = new ClaimCost("free", 0, 0);
    ClaimCost b = new ClaimCost("b", 2, 0.5);
    ClaimCost a = new ClaimCost("a", 4, 1);
    ClaimCost sure = new ClaimCost("sure", 1, 0);
    assertEquals(List.of(free, a, b, sure), ClaimCost.cheapestFirst(List.of(sure, b, a, free)));
  }

  @Test
  void ofHistory_isThePosteriorMean() {
    assertEquals(0.5, ClaimCost.ofHistory("x", 1, 0, 0).failure());
    assertEquals(0.5 / 10, ClaimCost.ofHistory("x", 1, 9, 0).failure(), 1e-12);
    assertEquals(1.5 / 11, ClaimCost.ofHistory("x", 1, 9, 1).failure(), 1e-12);
  }

  @Test
  void badArguments_areRefused() {
    assertThrows(IllegalArgumentException.class, () -> new ClaimCost("x", -1, 0.5));
    assertThrows(IllegalArgumentException.class, () -> new ClaimCost("x", Double.NaN, 0.5));
    assertThrows(IllegalArgumentException.class, () -> new ClaimCost("x", 1, 1.5));
    assertThrows(IllegalArgumentException.class, () -> ClaimCost.ofHistory("x", 1, -1, 0));
  }
}
