package org.tfmot.examples.programs;

import static org.tfmot.examples.programs.Judgement.*;

import java.io.ByteArrayOutputStream;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.Optimized;
import org.tfmot.techniques.pruning.ConstantSparsity;
import org.tfmot.techniques.pruning.Pruning;

/**
 * layers().except("logit") where the layer is "logits". The layer that was meant to be left alone
 * is pruned. It must be refused, or said in a report or a warning, with the name "logit" that is
 * none.
 */
final class ExceptALayerThatIsNotThere implements UserProgram {
  @Override
  public void check() throws Exception {
    GraphModel model = SmallModels.twoLayers();
    ByteArrayOutputStream said = listen();
    Optimized pruned;
    try {
      pruned =
          Pruning.builder()
              .schedule(ConstantSparsity.of(.5, 0))
              .select(LayerSelector.layers().except("logit"))
              .build()
              .apply(model);
    } catch (IllegalArgumentException e) {
      if (!message(e).matches(".*\\blogit\\b.*"))
        throw wrong("refused without naming logit: " + message(e));
      return;
    }
    if (!(said + pruned.reports().toString()).matches("(?s).*\\blogit\\b.*"))
      throw wrong("except(\"logit\") is taken without a word, and logits is pruned");
  }
}
