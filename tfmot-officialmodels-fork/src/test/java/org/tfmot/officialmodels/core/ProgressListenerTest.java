package org.tfmot.officialmodels.core;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProgressListenerTest {

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final ProgressListener listener =
      ProgressListener.lines(new PrintStream(bytes, true, UTF_8));

  @Test
  void training_notInATerminal_isALinePerTenth() {
    listener.started(0, 2000);
    for (long step = 0; step < 2000; step++) {
      listener.stepped(step, 0.5f);
    }
    listener.finished();
    List<String> lines = lines();
    assertEquals(10, lines.size());
    assertEquals("train: 10 % (200 of 2000 steps), loss 0.5000", lines.get(0));
    assertEquals("train: 100 % (2000 of 2000 steps), loss 0.5000", lines.get(9));
  }

  @Test
  void resumedTraining_saysWhereAndGoesOnThere() {
    listener.started(1500, 2000);
    listener.stepped(1500, 1);
    listener.stepped(1599, 1);
    listener.finished();
    assertEquals(
        List.of("resuming at step 1500", "train: 80 % (1600 of 2000 steps), loss 1.0000"), lines());
  }

  @Test
  void evaluationWithinTraining_isItsResultOnly() {
    listener.started(0, 100);
    listener.evaluating(50, 250, 5000);
    listener.evaluating(50, 5000, 5000);
    listener.evaluated(50, new Metrics(Map.of("accuracy", 0.91234)));
    assertEquals(List.of("step 50, accuracy 0.9123"), lines());
  }

  @Test
  void evaluationAlone_isALinePerTenthAndItsResult() {
    for (long done = 250; done <= 5000; done += 250) {
      listener.evaluating(70, done, 5000);
    }
    listener.evaluated(70, new Metrics(Map.of("accuracy", 0.5)));
    listener.finished();
    List<String> lines = lines();
    assertEquals(11, lines.size());
    assertEquals("evaluate: 10 % (500 of 5000 examples)", lines.get(0));
    assertEquals("step 70, accuracy 0.5000", lines.get(10));
  }

  private List<String> lines() {
    return bytes.toString(UTF_8).lines().toList();
  }

  @Test
  void stopped_saysWhereAndClosesTheBar() {
    listener.started(0, 2000);
    listener.stopped(1234, Path.of("runs", "a"));
    listener.finished();
    assertEquals(
        List.of(
            "stopped: 1234 steps are saved in %s; the same command goes on from there"
                .formatted(Path.of("runs", "a"))),
        lines());
  }

  @Test
  void stopped_beforeTheFirstStep_promisesNothing() {
    listener.stopped(0, Path.of("a"));
    assertEquals(List.of("stopped before the first step"), lines());
  }

  @Test
  void lines_otherLocale_haveTheSameDigits() {
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
    try {
      training_notInATerminal_isALinePerTenth();
      String message = TrainingDivergedException.loss(12, Float.NaN, 0.5).getMessage();
      assertTrue(message.contains("step 12 (learning rate 0.500)"), message);
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class, () -> ConfigCheck.requirePositive(-3, "key"));
      assertEquals("key must be positive, not -3", e.getMessage());
    } finally {
      Locale.setDefault(before);
    }
  }
}
