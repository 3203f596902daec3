package org.tfmot.gate.maven.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.tfmot.gate.claim.PlacementDecision;
import org.tfmot.gate.json.Json;
import org.tfmot.gate.process.PlacementCriterion;
import org.tfmot.gate.process.PlacementScores;

/** Form that a person who scores a technique reads and fills in. */
final class PlacementForm {

  private static final String LIST = "\\s*[+-]?\\d{1,9}\\s*(,\\s*[+-]?\\d{1,9}\\s*)*";

  private PlacementForm() {}

  /** The criteria with weight, bars and levels, and how to hand in the scores. */
  static List<String> lines() {
    List<String> lines = new ArrayList<>();
    for (PlacementCriterion criterion : PlacementCriterion.values()) {
      lines.add(
          "%s  weight %d, bar %d (OFFICIAL), %d (FORK)"
              .formatted(
                  criterion,
                  criterion.weight(),
                  criterion.bar(PlacementDecision.OFFICIAL),
                  criterion.bar(PlacementDecision.FORK)));
      for (int score = 0; score <= PlacementCriterion.HIGHEST; score++) {
        lines.add("  %d  %s".formatted(score, criterion.level(score)));
      }
    }
    lines.add(
        "OFFICIAL also takes %d of %d points, the sum of weight times score"
            .formatted(PlacementScores.OFFICIAL_POINTS, PlacementScores.HIGHEST_POINTS));
    lines.add(
        "then: -Dgate.scores=<%s, or a JSON file> -Dgate.placement=OFFICIAL|FORK"
                .formatted(
                    Arrays.stream(PlacementCriterion.values())
                        .map(PlacementCriterion::name)
                        .collect(Collectors.joining(",")))
            + " -Dgate.rationale=\"...\" -Dgate.technique=<name> -Dgate.key=<name>.pem");
    return lines;
  }

  /**
   * The scores.
   *
   * @param text numbers between commas, in the order of the criteria
   * @throws IllegalArgumentException if one is missing, too many, or not in 0 to 3
   */
  static PlacementScores scores(String text) {
    if (!text.matches(LIST)) {
      throw new IllegalArgumentException(
          "\"%s\" are no scores: %d numbers from 0 to %d between commas, or a JSON file"
              .formatted(text, PlacementCriterion.values().length, PlacementCriterion.HIGHEST));
    }
    return PlacementScores.of(
        Arrays.stream(text.split(",", -1))
            .map(String::strip)
            .mapToInt(Integer::parseInt)
            .toArray());
  }

  /** As {@link #scores(String)}; or, if there is such a file, of the JSON object in it. */
  static PlacementScores scores(String text, Function<String, Path> files) throws IOException {
    if (text.matches(LIST)) {
      return scores(text);
    }
    Path file = files.apply(text);
    return Files.isRegularFile(file) ? Json.read(file, PlacementScores.class) : scores(text);
  }
}
