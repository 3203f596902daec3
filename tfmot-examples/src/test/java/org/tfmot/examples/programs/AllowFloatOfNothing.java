package org.tfmot.examples.programs;

import static org.tfmot.examples.programs.Judgement.*;

import java.util.List;
import java.util.Map;
import org.tfmot.api.GraphModel;
import org.tfmot.techniques.quantization.PostTrainingQuantization;
import org.tfmot.techniques.tflite.TfLiteConverter;

/**
 * allowFloat("nope"), where the model has no operation and no scope of that name: a typo. The
 * conversion must refuse and name it, as it does for other names that are none.
 */
final class AllowFloatOfNothing implements UserProgram {
  @Override
  public void check() throws Exception {
    GraphModel model = SmallModels.twoLayers();
    GraphModel q =
        PostTrainingQuantization.builder()
            .build()
            .calibrate(model, List.of(Map.of("x", tensor(wave(32), 4, 8))))
            .model();
    try {
      TfLiteConverter.of(q).int8().allowFloat("nope").convert();
    } catch (RuntimeException e) {
      refused(e, "nope");
      return;
    }
    throw wrong("allowFloat(\"nope\") is taken without a word");
  }
}
