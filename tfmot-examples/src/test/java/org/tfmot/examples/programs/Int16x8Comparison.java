package org.tfmot.examples.programs;

import static org.tfmot.examples.programs.Judgement.message;
import static org.tfmot.examples.programs.Judgement.names;
import static org.tfmot.examples.programs.Judgement.refused;
import static org.tfmot.examples.programs.Judgement.wrong;

import org.tfmot.techniques.quantization.PostTrainingQuantization;
import org.tfmot.techniques.quantization.PostTrainingQuantization.Calibrated;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteModel;

/**
 * A comparison in a model that is converted with int16x8(), strictly and with allowFloat of what
 * the report says stays in float. Either the file is right (x where x > threshold, else 0, computed
 * here), or the refusal names "Greater"; it must not advise a flag of Python's converter, which a
 * user of this product cannot set.
 */
final class Int16x8Comparison implements UserProgram {
  @Override
  public void check() {
    for (float range : new float[] {1, 1000}) {
      ChosenValues chosen = new ChosenValues(true, range);
      Calibrated calibrated =
          PostTrainingQuantization.builder()
              .activationBits(16)
              .build()
              .calibrate(chosen.model(), chosen.samples());
      for (boolean allow : new boolean[] {false, true}) {
        TfLiteModel file;
        try {
          TfLiteConverter converter = TfLiteConverter.of(calibrated.model()).int16x8();
          file = (allow ? converter.allowFloat(names(calibrated.report())) : converter).convert();
        } catch (RuntimeException e) {
          if (message(e).contains("experimental_enable")) {
            throw wrong("advises a flag of Python: " + message(e));
          }
          refused(e, "Greater");
          continue;
        }
        chosen.requireRight(file, .001);
      }
    }
  }
}
