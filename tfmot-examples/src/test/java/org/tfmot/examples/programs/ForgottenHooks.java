package org.tfmot.examples.programs;

import static org.tfmot.examples.programs.Judgement.*;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.Optimized;
import org.tfmot.techniques.pruning.ConstantSparsity;
import org.tfmot.techniques.pruning.Pruning;
import org.tfmot.techniques.summary.WeightSummary;

/**
 * A training loop of one's own that forgets the hooks of pruning. strip() of a model that was never
 * pruned must not pass for a pruned one: it is refused, or the weights are 75 % zeros all the same,
 * or a warning says it. A model without a zero and without a word is wrong.
 */
final class ForgottenHooks implements UserProgram {
  @Override
  public void check() throws Exception {
    GraphModel model = SmallModels.twoLayers();
    ByteArrayOutputStream said = listen();
    Optimized pruned = Pruning.builder().schedule(ConstantSparsity.of(.75, 0)).build().apply(model);
    GraphModel stripped;
    try (LiveModel live = pruned.model().open()) {
      live.run(Map.of("x", tensor(wave(8), 1, 8))).close();
      stripped = pruned.withModel(live.snapshot()).strip();
    } catch (IllegalStateException | IllegalArgumentException e) {
      refused(e, "hook", "prun", "mask", "schedule");
      return;
    }
    double zeros = WeightSummary.of(stripped).layers().get(0).sparsity();
    if (zeros < .7 && !said.toString(StandardCharsets.UTF_8).matches("(?si).*(hook|prun|mask).*"))
      throw wrong("strip() gives a model with " + zeros + " zeros without a word");
  }
}
