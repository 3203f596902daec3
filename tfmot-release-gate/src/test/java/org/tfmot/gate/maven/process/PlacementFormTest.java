package org.tfmot.gate.maven.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tfmot.gate.maven.Refusals.assertRefused;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.maven.plugin.logging.SystemStreamLog;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.process.PlacementCriterion;
import org.tfmot.gate.process.PlacementScores;

class PlacementFormTest {

  @TempDir Path folder;

  @Test
  void scores_numbersBetweenCommas_areInTheOrderOfTheCriteria() {
    PlacementScores scores = PlacementForm.scores("3, 2,2,3,3 ,1");
    assertEquals(3, scores.scores().get(PlacementCriterion.NON_TRIVIAL_TASK));
    assertEquals(1, scores.scores().get(PlacementCriterion.REPRODUCTION_COST));
    // 3*3 + 3*2 + 2*2 + 2*3 + 1*3 + 1*1
    assertEquals(29, scores.points());
  }

  @Test
  void scores_outOfRangeOrTooFew_areRefused() {
    assertRefused(() -> PlacementForm.scores("3,2,2,4,3,3"), "API_COMPATIBILITY is scored 4");
    assertRefused(() -> PlacementForm.scores("3,2,2,-1,3,3"), "scored -1");
    assertRefused(() -> PlacementForm.scores("3,2,2"), "3 scores for 6 criteria");
    assertRefused(() -> PlacementForm.scores("3,2,2,x,3,3"), "6 numbers from 0 to 3");
    assertRefused(() -> PlacementForm.scores("3,2,2,2.5,3,3"), "6 numbers from 0 to 3");
  }

  @Test
  void scores_ofAFile_areByName() throws IOException {
    Path file = folder.resolve("scores.json");
    Files.writeString(
        file,
        """
        {"NON_TRIVIAL_TASK": 2, "USER_MOTIVATION": 2, "MODEL_IN_ZOO": 3, "API_COMPATIBILITY": 3,
         "DEPENDENCY_VERSIONS": 2, "REPRODUCTION_COST": 3}
        """);
    assertEquals(29, PlacementForm.scores("scores.json", folder::resolve).points());
    Files.writeString(file, "{\"NON_TRIVIAL_TASK\": 2}");
    assertRefused(
        () -> PlacementForm.scores("scores.json", folder::resolve), "USER_MOTIVATION has no score");
    assertRefused(() -> PlacementForm.scores("other.json", folder::resolve), "or a JSON file");
  }

  @Test
  void place_withoutScores_printsEveryCriterionWithItsLevels() throws Exception {
    List<String> printed = new ArrayList<>();
    PlaceMojo mojo = new PlaceMojo();
    mojo.setLog(
        new SystemStreamLog() {
          @Override
          public void info(CharSequence line) {
            printed.add(line.toString());
          }
        });
    mojo.act();
    String text = String.join("\n", printed);
    for (PlacementCriterion criterion : PlacementCriterion.values()) {
      assertTrue(text.contains(criterion.name()), text);
      for (int score = 0; score <= PlacementCriterion.HIGHEST; score++) {
        assertTrue(text.contains(score + "  " + criterion.level(score)), text);
      }
    }
    assertTrue(text.contains("26 of 36 points"), text);
  }

  @Test
  void place_unknownPlaceOrNoRationale_isRefusedBeforeTheBuildIsLookedAt() {
    PlaceMojo mojo = new PlaceMojo();
    mojo.scores = "3,3,3,3,3,3";
    mojo.placement = "SOMEWHERE";
    assertRefused(mojo::act, "-Dgate.placement=SOMEWHERE: it is one of");
    mojo.placement = "OFFICIAL";
    assertRefused(mojo::act, "-Dgate.rationale");
    mojo.rationale = "users asked for it";
    mojo.scores = "1,3,3,3,3,3";
    assertRefused(mojo::act, "the scores do not admit OFFICIAL");
  }
}
