package org.tfmot.officialmodels.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsLogTest {

  @TempDir Path folder;

  @Test
  void step_everyHundred_writesMeanLossAndLastRate() throws IOException {
    log(new MetricsLog(folder), 0, 250);
    List<JsonNode> lines = lines();
    assertEquals(2, lines.size());
    assertEquals(100, lines.get(0).get("step").asInt());
    assertEquals(49.5, lines.get(0).get("loss").asDouble()); // The mean of 0 to 99.
    assertEquals(9.9, lines.get(0).get("learning_rate").asDouble(), 1e-12);
    assertEquals(149.5, lines.get(1).get("loss").asDouble());
  }

  @Test
  void resume_dropsLinesOfStepsToComeAndGoesOnWithinTheHundred() throws IOException {
    MetricsLog killed = new MetricsLog(folder);
    log(killed, 0, 150);
    killed.beforeCheckpoint(150);
    log(killed, 150, 320);
    assertEquals(3, lines().size());

    MetricsLog resumed = new MetricsLog(folder);
    resumed.resume(150);
    assertEquals(1, lines().size());
    log(resumed, 150, 300);
    assertEquals(List.of(49.5, 149.5, 249.5), losses());
  }

  @Test
  void resume_killedBeforeTheNewCheckpointWasComplete_usesTheOneBefore() throws IOException {
    MetricsLog killed = new MetricsLog(folder);
    log(killed, 0, 150);
    killed.beforeCheckpoint(150);
    log(killed, 150, 170);
    killed.beforeCheckpoint(170);

    MetricsLog resumed = new MetricsLog(folder);
    resumed.resume(150);
    log(resumed, 150, 200);
    assertEquals(List.of(49.5, 149.5), losses());
  }

  @Test
  void resume_halfWrittenLastLine_isDropped() throws IOException {
    log(new MetricsLog(folder), 0, 100);
    Files.writeString(
        folder.resolve("train.jsonl"), "{\"step\":200,\"lo", StandardOpenOption.APPEND);
    new MetricsLog(folder).resume(200);
    assertEquals(List.of(49.5), losses());
  }

  @Test
  void resume_logWithoutState_startsItsSumsThere() throws IOException {
    log(new MetricsLog(folder), 0, 100);
    MetricsLog resumed = new MetricsLog(folder);
    resumed.resume(150);
    log(resumed, 150, 200);
    assertEquals(List.of(49.5, 174.5), losses());
  }

  @Test
  void evaluation_writesStepAndMetrics() throws IOException {
    MetricsLog log = new MetricsLog(folder);
    assertFalse(log.hasEvaluation(7));
    log.evaluation(7, new Metrics(Map.of("accuracy", 0.25)));
    assertTrue(log.hasEvaluation(7));
    log.evaluation(7, new Metrics(Map.of("accuracy", 0.5)), "test");
    assertEquals(
        new ObjectMapper().readTree("{\"step\": 7, \"accuracy\": 0.25}"),
        new ObjectMapper().readTree(folder.resolve("metrics-7.json").toFile()));
    assertEquals(
        new ObjectMapper().readTree("{\"step\": 7, \"accuracy\": 0.5}"),
        new ObjectMapper().readTree(folder.resolve("metrics-7-test.json").toFile()));
  }

  /** The loss of a step is its number. */
  private static void log(MetricsLog log, long from, long to) {
    for (long step = from; step < to; step++) {
      log.step(step, (float) step, step / 10.0);
    }
  }

  private List<Double> losses() throws IOException {
    return lines().stream().map(line -> line.get("loss").asDouble()).toList();
  }

  private List<JsonNode> lines() throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(folder.resolve("train.jsonl"))) {
      lines.add(new ObjectMapper().readTree(line));
    }
    return lines;
  }
}
