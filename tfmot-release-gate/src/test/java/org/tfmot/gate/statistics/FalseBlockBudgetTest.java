package org.tfmot.gate.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FalseBlockBudgetTest {
  @Test
  void share_dividesEqually() {
    assertEquals(0.05 / 12, FalseBlockBudget.STANDARD.share(12), 1e-15);
  }

  @Test
  void shares_areInProportion_inOrder_andAddToTheBudget() {
    Map<String, Double> weights = new LinkedHashMap<>();
    weights.put("z", 3.0);
    weights.put("a", 1.0);
    weights.put("m", 4.0);
    Map<String, Double> shares = new FalseBlockBudget(0.08).shares(weights);
    assertEquals(List.of("z", "a", "m"), List.copyOf(shares.keySet()));
    assertEquals(0.03, shares.get("z"), 1e-15);
    assertEquals(0.01, shares.get("a"), 1e-15);
    assertEquals(0.08, shares.values().stream().mapToDouble(x -> x).sum(), 1e-15);
    assertThrows(UnsupportedOperationException.class, () -> shares.put("b", 1.0));
  }

  @Test
  void badArguments_areRefused() {
    assertThrows(IllegalArgumentException.class, () -> new FalseBlockBudget(0));
    assertThrows(IllegalArgumentException.class, () -> new FalseBlockBudget(1));
    assertThrows(IllegalArgumentException.class, () -> FalseBlockBudget.STANDARD.share(0));
    assertThrows(IllegalArgumentException.class, () -> FalseBlockBudget.STANDARD.shares(Map.of()));
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> FalseBlockBudget.STANDARD.shares(Map.of("size", -1.0)));
    assertTrue(e.getMessage().startsWith("weight of size is -1.0"), e.getMessage());
  }
}
