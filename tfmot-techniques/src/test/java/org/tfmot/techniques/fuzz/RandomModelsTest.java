package org.tfmot.techniques.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.tfmot.techniques.fuzz.Outcome.Kind;
import org.tfmot.techniques.fuzz.RandomTrial.Mode;

/**
 * Models of random layers convert in every mode: the files compute what TensorFlow does, or the
 * conversion is refused with a sentence. {@code -Drandom.models=300} sets how many the sweep tries,
 * {@code -Drandom.first=1} the first seed, {@code -Drandom.layers=3} cuts models off, {@code
 * -Drandom.modes=INT8,AWARE} chooses modes; a failure is named with its seed, which repeats it.
 */
class RandomModelsTest {

  private static final int MODELS = Integer.getInteger("random.models", 300);
  private static final long FIRST = Long.getLong("random.first", 1000);
  private static final int LAYERS = Integer.getInteger("random.layers", Integer.MAX_VALUE);
  private static final List<Mode> MODES =
      Arrays.stream(System.getProperty("random.modes", "").split(","))
          .filter(name -> !name.isEmpty())
          .map(Mode::valueOf)
          .toList();

  /** The share of files that the sweep may find beyond a bound: docs/measurements.md lists them. */
  private static final double BEYOND = 0.01;

  private final Map<Mode, Map<Kind, Integer>> counts = new EnumMap<>(Mode.class);
  private final Map<String, Integer> refusals = new TreeMap<>();
  private final List<String> beyond = new ArrayList<>();

  @Test
  void randomLayers_computeWhatTensorFlowDoes_inEveryMode() {
    sweep(1, 5);
    assertEquals(List.of(), beyond);
    assertTrue(total(Kind.WORKED) >= 24, counts.toString());
  }

  @Test
  @Tag("long")
  void manyRandomModels_computeWhatTensorFlowDoes_inEveryMode() {
    sweep(FIRST, MODELS);
    counts.forEach((mode, kinds) -> System.out.println(mode + " " + kinds));
    refusals.forEach((reason, times) -> System.out.println(times + " x " + reason));
    beyond.forEach(System.out::println);
    assertEquals(0, total(Kind.FAILED));
    int compared = total(Kind.WORKED) + total(Kind.WARNED) + total(Kind.BEYOND);
    assertTrue(total(Kind.BEYOND) <= BEYOND * compared, beyond.toString());
  }

  private void sweep(long first, int models) {
    for (long seed = first; seed < first + models; seed++) {
      try (RandomModel model = RandomModels.of(seed, LAYERS)) {
        RandomTrial trial = new RandomTrial(model);
        for (Mode mode : MODES.isEmpty() ? List.of(Mode.values()) : MODES) {
          count(model, mode, trial.run(mode));
        }
      }
    }
  }

  private void count(RandomModel model, Mode mode, Outcome outcome) {
    counts
        .computeIfAbsent(mode, key -> new EnumMap<>(Kind.class))
        .merge(outcome.kind(), 1, Integer::sum);
    if (outcome.kind() == Kind.REFUSED) {
      refusals.merge(mode + " " + kindOf(outcome.detail()), 1, Integer::sum);
    }
    if (outcome.kind() == Kind.BEYOND || outcome.kind() == Kind.FAILED) {
      beyond.add(mode + " " + outcome.kind() + " " + model + ": " + outcome.detail());
    }
    if (Boolean.getBoolean("random.all")) {
      System.out.println(mode + " " + outcome.kind() + " " + model + ": " + outcome.detail());
    }
  }

  /** A refusal without the names and numbers of its model. */
  private static String kindOf(String refusal) {
    return refusal
        .replaceAll("\"[^\"]*\"|\\[[^]]*\\]", "...")
        .replaceAll("\\d+", "n")
        .replaceAll("(, )?\\.\\.\\.(, \\.\\.\\.)*", " ...");
  }

  private int total(Kind kind) {
    return counts.values().stream().mapToInt(kinds -> kinds.getOrDefault(kind, 0)).sum();
  }
}
