package org.tfmot.techniques.pruning;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tfmot.techniques.weights.WeightedLayer;

/** A user's own rule, for each weight by itself. */
record RuleSelection(MaskRule rule) implements MaskSelection {

  @Override
  public @Nullable String refusal(WeightedLayer layer) {
    return rule.refusal(layer);
  }

  @Override
  public void check(PruningSchedule schedule) {
    rule.check(schedule);
  }

  @Override
  public Selected add(List<MaskNodes> masks, String sparsity) {
    List<String> best = new ArrayList<>();
    List<String> finished = new ArrayList<>();
    for (MaskNodes mask : masks) {
      Scores scores = mask.scores();
      String stay = scores.onesWhereNotZero(rule.keep(new MaskGraph(mask, sparsity)), mask.shape());
      best.add(stay);
      finished.add(scores.atMost(List.of(mask.standing()), scores.ones(stay)));
    }
    return new Selected(best, finished);
  }
}
