package org.tfmot.examples.programs;

import static org.tfmot.examples.programs.Judgement.*;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.Optimized;
import org.tfmot.techniques.pruning.PolynomialDecay;
import org.tfmot.techniques.pruning.Pruning;

/**
 * A pruning schedule of 2000 steps in a run of 500: the run ends far from the sparsity that was
 * asked for. The hook's begin(), which is told both, must refuse or warn, with the schedule's end,
 * 2000. (It refuses a schedule that begins after the run.)
 */
final class ScheduleLongerThanTheRun implements UserProgram {
  @Override
  public void check() throws Exception {
    GraphModel model = SmallModels.twoLayers();
    ByteArrayOutputStream said = listen();
    Optimized pruned =
        Pruning.builder()
            .schedule(PolynomialDecay.builder().to(.75).steps(0, 2000).build())
            .build()
            .apply(model);
    try (LiveModel live = pruned.model().open()) {
      pruned.hooks().forEach(h -> h.begin(live.session(), 0, 500));
    } catch (IllegalArgumentException e) {
      refused(e, "2000");
      return;
    }
    if (!said.toString(StandardCharsets.UTF_8).contains("2000"))
      throw wrong("begin() of a run of 500 steps takes a schedule of 2000 without a word");
  }
}
