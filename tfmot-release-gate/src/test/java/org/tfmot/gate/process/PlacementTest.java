package org.tfmot.gate.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.claim.PlacementDecision;
import org.tfmot.gate.json.Json;
import org.tfmot.gate.signature.TrustedKey;
import org.tfmot.gate.signature.TrustedKeys;

class PlacementTest {

  private static final Path DOCS = Path.of("..", "docs", "process.md");

  @Test
  void points_areWeighted() {
    assertEquals(36, PlacementScores.HIGHEST_POINTS);
    assertEquals(
        3 * 1 + 3 * 2 + 2 * 3 + 2 * 2 + 1 + 3, PlacementScores.of(1, 2, 3, 2, 1, 3).points());
  }

  @Test
  void suggestion_toyTask_isNoProductionExampleAnywhere() {
    PlacementScores mnist = PlacementScores.of(0, 3, 3, 3, 3, 3);

    assertEquals(PlacementDecision.UNDECIDED, mnist.suggestion());
    assertTrue(mnist.objections(PlacementDecision.FORK).get(0).contains("MNIST"));
  }

  @Test
  void suggestion_everyBarMet_butTooFewPoints_isTheFork() {
    PlacementScores atTheBars = PlacementScores.of(2, 2, 2, 2, 1, 1);

    assertEquals(22, atTheBars.points());
    assertEquals(
        List.of("22 points of 36, OFFICIAL asks for 26"),
        atTheBars.objections(PlacementDecision.OFFICIAL));
    assertEquals(PlacementDecision.FORK, atTheBars.suggestion());
    assertEquals(PlacementDecision.OFFICIAL, PlacementScores.of(2, 2, 3, 3, 1, 1).suggestion());
  }

  @Test
  void suggestion_oneBarMissed_isNeverOfficial() {
    for (PlacementCriterion criterion : PlacementCriterion.values()) {
      Map<PlacementCriterion, Integer> scores = new EnumMap<>(World.GOOD.scores());
      scores.put(criterion, criterion.bar(PlacementDecision.OFFICIAL) - 1);
      PlacementScores lowered = new PlacementScores(scores);
      assertTrue(
          lowered.objections(PlacementDecision.OFFICIAL).stream()
              .anyMatch(sentence -> sentence.startsWith(criterion.name())),
          criterion.name());
    }
  }

  @Test
  void scores_missingOrOutOfRange_areRefused() {
    assertThrows(IllegalArgumentException.class, () -> PlacementScores.of(1, 2, 3));
    assertThrows(IllegalArgumentException.class, () -> PlacementScores.of(4, 3, 3, 3, 3, 3));
    assertThrows(IllegalArgumentException.class, () -> PlacementScores.of(-1, 3, 3, 3, 3, 3));
    assertThrows(
        IllegalArgumentException.class,
        () -> new PlacementScores(Map.of(PlacementCriterion.MODEL_IN_ZOO, 3)));
  }

  @Test
  void placement_againstTheScores_isRefused() {
    PlacementScores low = PlacementScores.of(1, 2, 1, 2, 2, 2);
    String message =
        assertThrows(
                ProcessRefusedException.class,
                () -> new Placement(low, PlacementDecision.OFFICIAL, "we like it"))
            .getMessage();
    assertTrue(message.contains("MODEL_IN_ZOO is 1 (the family"), message);
    assertThrows(
        ProcessRefusedException.class,
        () -> new Placement(World.GOOD, PlacementDecision.UNDECIDED, "later"));
    assertThrows(
        ProcessRefusedException.class,
        () -> new Placement(World.GOOD, PlacementDecision.FORK, " "));
    // The Official Models need not take what they could.
    assertEquals(
        PlacementDecision.FORK,
        new Placement(World.GOOD, PlacementDecision.FORK, "no reviewer").decision());
  }

  @Test
  void placement_asJsonAndBack() {
    Placement placement = new Placement(World.GOOD, PlacementDecision.OFFICIAL, "asked for");
    byte[] json = Json.canonical(placement).getBytes(StandardCharsets.UTF_8);

    assertEquals(placement, Json.parse("placement", json, Placement.class));
  }

  @Test
  void docs_stateEveryCriterionAsItIs() throws IOException {
    List<String> rows = rows("criteria");
    assertEquals(PlacementCriterion.values().length, rows.size());
    for (PlacementCriterion criterion : PlacementCriterion.values()) {
      List<String> expected = new ArrayList<>();
      expected.add("`" + criterion + "`");
      expected.add(String.valueOf(criterion.weight()));
      expected.add(String.valueOf(criterion.bar(PlacementDecision.OFFICIAL)));
      expected.add(String.valueOf(criterion.bar(PlacementDecision.FORK)));
      for (int score = 0; score <= PlacementCriterion.HIGHEST; score++) {
        expected.add(criterion.level(score));
      }
      assertEquals(expected, cells(rows.get(criterion.ordinal())));
    }
    assertTrue(
        Files.readString(DOCS)
            .contains(
                "at least %d of %d points"
                    .formatted(PlacementScores.OFFICIAL_POINTS, PlacementScores.HIGHEST_POINTS)));
  }

  @Test
  void docs_workedExamplesComeOutAsTheySay() throws IOException {
    List<String> rows = rows("examples");
    assertTrue(rows.size() >= 4);
    for (String row : rows) {
      List<String> cells = cells(row);
      int[] scores = cells.subList(1, 7).stream().mapToInt(Integer::parseInt).toArray();
      PlacementScores placement = PlacementScores.of(scores);
      assertEquals(cells.get(7), String.valueOf(placement.points()), row);
      assertEquals(cells.get(8), placement.suggestion().toString(), row);
    }
  }

  @Test
  void docs_exampleOfAnRfcAndOfKeys_canBeRead(@TempDir Path folder) throws IOException {
    String text = Files.readString(DOCS);
    Rfc rfc = Rfc.read(Files.writeString(folder.resolve("rfc.md"), block(text, "markdown")));
    assertEquals("pruning", rfc.technique());
    TrustedKeys keys =
        TrustedKeys.read(Files.writeString(folder.resolve("keys.json"), block(text, "json")));
    assertEquals(List.of("ada", "tim"), keys.keys().stream().map(TrustedKey::name).toList());
  }

  private static String block(String text, String language) {
    int from = text.indexOf("```" + language + "\n") + language.length() + 4;
    return text.substring(from, text.indexOf("\n```", from));
  }

  private static List<String> rows(String table) throws IOException {
    String text = Files.readString(DOCS);
    String begin = "<!-- placement:" + table + " -->";
    int from = text.indexOf(begin) + begin.length();
    return text.substring(from, text.indexOf("<!-- end -->", from))
        .lines()
        .filter(line -> line.startsWith("|"))
        .skip(2)
        .toList();
  }

  private static List<String> cells(String row) {
    return Arrays.stream(row.substring(1, row.lastIndexOf('|')).split("\\|", -1))
        .map(String::strip)
        .toList();
  }
}
