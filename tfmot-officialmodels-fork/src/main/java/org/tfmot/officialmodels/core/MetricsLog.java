package org.tfmot.officialmodels.core;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Writes {@code metrics-<step>.json} for every evaluation and a line of {@code train.jsonl} for
 * every hundred steps (their mean loss).
 */
final class MetricsLog {

  private static final int STEPS_PER_LINE = 100;

  private final Path folder;
  private final ObjectMapper json = new ObjectMapper();
  private double lossSum;
  private int losses;

  MetricsLog(Path folder) {
    this.folder = folder;
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot create the model folder " + folder, e);
    }
  }

  void step(long step, float loss, double rate) {
    lossSum += loss;
    losses++;
    if ((step + 1) % STEPS_PER_LINE == 0) {
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("step", step + 1);
      line.put("loss", lossSum / losses);
      line.put("learning_rate", rate);
      append(folder.resolve("train.jsonl"), line);
      lossSum = 0;
      losses = 0;
    }
  }

  void evaluation(long step, Metrics metrics) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("step", step);
    values.putAll(metrics.values());
    Path file = folder.resolve("metrics-" + step + ".json");
    try {
      json.writerWithDefaultPrettyPrinter().writeValue(file.toFile(), values);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  private void append(Path file, Map<String, Object> line) {
    try {
      Files.writeString(
          file,
          json.writeValueAsString(line) + "\n",
          StandardCharsets.UTF_8,
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }
}
