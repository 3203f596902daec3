package org.tfmot.examples.programs;

import static org.tfmot.examples.programs.Judgement.*;

import java.util.ArrayList;
import java.util.List;
import org.tfmot.api.GraphModel;
import org.tfmot.techniques.pruning.Pruning;
import org.tfmot.techniques.summary.WeightSummary;

/**
 * A graph whose weight is read through two Identity nodes, "i" and "j", that read each other.
 * WeightSummary and pruning must refuse it and name one of them; a StackOverflowError is not right.
 */
final class CycleOfIdentities implements UserProgram {
  @Override
  public void check() throws Exception {
    GraphModel model =
        graph(
            List.of(variable("w", wave(32), 8, 4)),
            placeholder(2, 8),
            handle("w", "w", 8, 4),
            read("r", "w"),
            node("Identity", "i", "j"),
            node("Identity", "j", "i"),
            node("MatMul", "a", "x", "r"),
            node("AddV2", "b", "a", "a"),
            node("MatMul", "y", "b", "i"));
    List<String> bad = new ArrayList<>();
    for (boolean prune : new boolean[] {false, true}) {
      try {
        if (prune) Pruning.builder().oneShot(.5).apply(model);
        else WeightSummary.of(model);
      } catch (RuntimeException | StackOverflowError e) {
        if (e instanceof StackOverflowError || !message(e).matches(".*\"[ij]\".*"))
          bad.add((prune ? "pruning: " : "WeightSummary: ") + e);
      }
    }
    if (!bad.isEmpty()) throw wrong(bad.toString());
  }
}
