package org.tfmot.techniques.pruning;

import java.util.ArrayList;
import java.util.List;

/**
 * Exactly {@code max(round(size * (1 - sparsity)), 1)} of each tensor's weights with the largest
 * magnitude stay, ties broken in favour of the lower index.
 */
final class TensorSelection implements MaskSelection {

  @Override
  public Selected add(List<MaskNodes> masks, String sparsity) {
    List<String> best = new ArrayList<>();
    List<String> finished = new ArrayList<>();
    for (MaskNodes mask : masks) {
      Scores scores = mask.scores();
      String count = scores.count(mask.size(), sparsity, 1);
      best.add(mask.shaped("best", scores.largest(mask.flatScore(), mask.size(), count)));
      finished.add(scores.atMost(List.of(mask.standing()), count));
    }
    return new Selected(best, finished);
  }
}
