package org.tfmot.examples.resnetcifar;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.tfmot.officialmodels.core.LearningRate;

class RecipeTest {

  @Test
  void schedule_withRestarts_fallsToZeroAtEveryEnd() {
    Recipe recipe = new Recipe(100, 0.4, 2, 50);
    LearningRate rate = recipe.schedule();
    assertEquals(List.of(100L, 150L, 200L), recipe.ends());
    assertEquals(200, recipe.totalSteps());
    assertEquals(0.4, rate.at(0));
    assertEquals(0.2, rate.at(50), 1e-12);
    assertEquals(0, rate.at(99), 1e-3);
    for (long start : new long[] {100, 150}) {
      assertEquals(0.2, rate.at(start));
      assertEquals(0.1, rate.at(start + 25), 1e-12);
      assertEquals(0, rate.at(start + 49), 1e-3);
    }
  }

  @Test
  void schedule_withoutRestart_isHalfACosine() {
    Recipe recipe = new Recipe(100, 0.4);
    assertEquals(List.of(100L), recipe.ends());
    assertEquals(0.2, recipe.schedule().at(50), 1e-12);
  }
}
