package org.tfmot.gate.maven.debug;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.run.Curves;

class CurveDifferenceTest {

  @TempDir Path folder;

  /** Curves of lines {@code metric step value}. */
  private Curves curves(String... reports) throws IOException {
    StringBuilder lines = new StringBuilder();
    for (String report : reports) {
      String[] words = report.split(" ", -1);
      lines.append(
          "{\"metric\":\"%s\",\"step\":%s,\"value\":%s}\n".formatted(words[0], words[1], words[2]));
    }
    Path file = Files.createTempFile(folder, "curves", ".jsonl");
    Files.writeString(file, lines);
    return Curves.read(file);
  }

  @Test
  void of_equalCurves_isNothing_alsoWithNaN() throws IOException {
    assertEquals(
        List.of(),
        CurveDifference.of(
            curves("loss 1 0.5", "loss 2 \"NaN\""), curves("loss 1 0.5", "loss 2 \"NaN\"")));
  }

  @Test
  void of_oneBit_isFoundAtItsStep() throws IOException {
    double next = Math.nextUp(0.5);
    assertEquals(
        List.of(new CurveDifference("loss", 2, 0.5, next)),
        CurveDifference.of(
            curves("loss 1 1", "loss 2 0.5", "loss 3 7"),
            curves("loss 1 1", "loss 2 " + next, "loss 3 8")));
  }

  @Test
  void of_oneThatEndedEarlier_orLacksAStepOrAMetric_saysNotReported() throws IOException {
    List<CurveDifference> differences =
        CurveDifference.of(
            curves("accuracy 1 0.1", "accuracy 2 0.2", "loss 1 1", "loss 2 1", "loss 3 1"),
            curves("loss 1 1", "loss 3 1", "zeros 5 0.8"));
    assertEquals(
        List.of(
            new CurveDifference("accuracy", 1, 0.1, null),
            new CurveDifference("loss", 2, 1.0, null),
            new CurveDifference("zeros", 5, null, 0.8)),
        differences);
    assertEquals("zeros at step 5 was not reported, is 0.8", differences.get(2).toString());
  }
}
