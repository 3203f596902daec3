package org.tfmot.officialmodels.core;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tfmot.api.io.AtomicFile;

/**
 * Writes {@code metrics-<step>.json} for every evaluation and a line of {@code train.jsonl} for
 * every hundred steps (their mean loss). A resumed run goes on with the log as if there had been no
 * interruption: lines of steps that are trained again are dropped, and {@code train-state.json}
 * holds the sum of the losses since the last line at each of the newest checkpoints.
 */
final class MetricsLog {

  private static final int STEPS_PER_LINE = 100;

  private final Path folder;
  private final Path lines;
  private final Path states;
  private final ObjectMapper json = new ObjectMapper();
  private List<State> checkpoints = List.of();
  private double lossSum;
  private int losses;

  MetricsLog(Path folder) {
    this.folder = folder;
    this.lines = folder.resolve("train.jsonl");
    this.states = folder.resolve("train-state.json");
  }

  /** Goes back to what was logged up to a step. */
  void resume(long step) {
    dropLinesAfter(step);
    checkpoints = readStates().stream().filter(state -> state.step() <= step).toList();
    for (State state : checkpoints) {
      if (state.step() == step) {
        lossSum = state.lossSum();
        losses = state.losses();
      }
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
      append(line);
      lossSum = 0;
      losses = 0;
    }
  }

  /** Has to be called before the checkpoint of this step is written. */
  void beforeCheckpoint(long step) {
    List<State> newest = new ArrayList<>(checkpoints);
    newest.add(new State(step, lossSum, losses));
    // The one before is needed if the process ends before the new checkpoint is complete.
    checkpoints = List.copyOf(newest.subList(Math.max(0, newest.size() - 2), newest.size()));
    AtomicFile.write(states, text(checkpoints) + "\n");
  }

  void evaluation(long step, Metrics metrics) {
    write(evaluationFile(step), step, metrics);
  }

  boolean hasEvaluation(long step) {
    return Files.exists(evaluationFile(step));
  }

  /** Writes an evaluation of other data than those that the training run is evaluated on. */
  void evaluation(long step, Metrics metrics, String data) {
    write(folder.resolve("metrics-" + step + "-" + data + ".json"), step, metrics);
  }

  /** Writes an evaluation of the mean of some checkpoints. */
  void average(List<Path> checkpoints, Metrics metrics) {
    write(
        folder.resolve("metrics-swa.json"),
        "checkpoints",
        checkpoints.stream().map(Path::toString).toList(),
        metrics);
  }

  private void write(Path file, long step, Metrics metrics) {
    write(file, "step", step, metrics);
  }

  private void write(Path file, String key, Object value, Metrics metrics) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put(key, value);
    values.putAll(metrics.values());
    AtomicFile.write(file, json.valueToTree(values).toPrettyString() + "\n");
  }

  private Path evaluationFile(long step) {
    return folder.resolve("metrics-" + step + ".json");
  }

  private void dropLinesAfter(long step) {
    if (!Files.exists(lines)) {
      return;
    }
    try {
      List<String> old = Files.readAllLines(lines);
      List<String> kept = old.stream().filter(line -> stepOf(line) <= step).toList();
      if (kept.size() < old.size()) {
        AtomicFile.write(lines, kept.isEmpty() ? "" : String.join("\n", kept) + "\n");
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + lines, e);
    }
  }

  /** The step of a line; a line that a killed process left half-written comes after all others. */
  private long stepOf(String line) {
    try {
      JsonNode step = json.readTree(line).path("step");
      return step.isIntegralNumber() ? step.longValue() : Long.MAX_VALUE;
    } catch (JsonProcessingException e) {
      return Long.MAX_VALUE;
    }
  }

  private List<State> readStates() {
    if (!Files.exists(states)) {
      return List.of();
    }
    try {
      return List.of(json.readValue(states.toFile(), State[].class));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + states, e);
    }
  }

  private void append(Map<String, Object> line) {
    try {
      Files.writeString(
          lines, text(line) + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + lines, e);
    }
  }

  private String text(Object value) {
    try {
      return json.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("not to be written as JSON: " + value, e);
    }
  }

  /** The losses since the last line, at a checkpoint. */
  record State(long step, double lossSum, int losses) {}
}
