package org.tfmot.techniques.pruning;

import java.util.ArrayList;
import java.util.List;

/** The same over all tensors together; the largest weight of each tensor stays in any case. */
final class GlobalSelection implements MaskSelection {

  @Override
  public Selected add(List<MaskNodes> masks, String sparsity) {
    Scores scores = masks.get(0).scores("pruning_update");
    List<String> flat = new ArrayList<>();
    int size = 0;
    for (MaskNodes mask : masks) {
      flat.add(mask.scores().promoteLargest(mask.flatScore(), mask.size()));
      size = Math.addExact(size, mask.size());
    }
    String count = scores.count(size, sparsity, masks.size());
    String all = scores.largest(scores.concatenate(flat), size, count);
    List<String> best = new ArrayList<>();
    int begin = 0;
    for (MaskNodes mask : masks) {
      best.add(mask.shaped("best", mask.scores().slice(all, begin, mask.size())));
      begin += mask.size();
    }
    return new Selected(
        best, List.of(scores.atMost(masks.stream().map(MaskNodes::standing).toList(), count)));
  }
}
