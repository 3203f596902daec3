package org.tfmot.gate.process;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tfmot.gate.claim.PlacementDecision;

/** Every step in every state, and by everyone: which are taken is written down here. */
class ProcessOrderTest {

  private static final Set<String> PEOPLE = Set.of("ada", "grace", "tim", "olga", "joan", "ci");

  @TempDir Path folder;

  private enum Step {
    PLACED("olga"),
    REPRODUCED("tim"),
    TFMOT_REVIEW("tim"),
    MAY_DEPEND("olga"),
    RELEASED("ci"),
    BUMPED("grace"),
    FINAL(""),
    MERGED("");

    final String by;

    Step(String by) {
      this.by = by;
    }

    /** Who takes it when it is due. */
    String by(PlacementDecision place) {
      return by.isEmpty() ? (place == PlacementDecision.OFFICIAL ? "olga" : "tim") : by;
    }

    ProcessEvent event(World world, String by) {
      return switch (this) {
        case PLACED -> world.placed(by);
        case REPRODUCED -> world.reproduced(by);
        case TFMOT_REVIEW -> world.approved(by, ApprovalStep.TFMOT_REVIEW);
        case MAY_DEPEND -> world.approved(by, ApprovalStep.MAY_DEPEND);
        case RELEASED -> world.released(by, "0.2.0");
        case BUMPED -> world.bumped(by, "0.2.0");
        case FINAL -> world.approved(by, ApprovalStep.FINAL);
        case MERGED -> world.merged(by);
      };
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "OFFICIAL | DRAFT          | -",
        "OFFICIAL | RFC_REVIEW     | PLACED",
        "OFFICIAL | PLACED         | PLACED REPRODUCED",
        "OFFICIAL | REPRODUCED     | PLACED REPRODUCED TFMOT_REVIEW",
        "OFFICIAL | TFMOT_APPROVED | PLACED REPRODUCED TFMOT_REVIEW MAY_DEPEND",
        "OFFICIAL | RELEASABLE     | PLACED REPRODUCED TFMOT_REVIEW MAY_DEPEND RELEASED",
        "OFFICIAL | RELEASED       | REPRODUCED TFMOT_REVIEW MAY_DEPEND RELEASED BUMPED",
        "OFFICIAL | MINIMUM_VERSION_BUMPED"
            + " | REPRODUCED TFMOT_REVIEW MAY_DEPEND RELEASED BUMPED FINAL",
        "OFFICIAL | FINALLY_APPROVED"
            + " | REPRODUCED TFMOT_REVIEW MAY_DEPEND RELEASED BUMPED FINAL MERGED",
        "OFFICIAL | OWNED | REPRODUCED TFMOT_REVIEW MAY_DEPEND RELEASED BUMPED FINAL MERGED",
        "FORK | DRAFT                  | -",
        "FORK | RFC_REVIEW             | PLACED",
        "FORK | PLACED                 | PLACED REPRODUCED",
        "FORK | REPRODUCED             | PLACED REPRODUCED TFMOT_REVIEW",
        "FORK | RELEASABLE             | PLACED REPRODUCED TFMOT_REVIEW RELEASED",
        "FORK | RELEASED               | REPRODUCED TFMOT_REVIEW RELEASED BUMPED",
        "FORK | MINIMUM_VERSION_BUMPED | REPRODUCED TFMOT_REVIEW RELEASED BUMPED FINAL",
        "FORK | FINALLY_APPROVED       | REPRODUCED TFMOT_REVIEW RELEASED BUMPED FINAL MERGED",
        "FORK | OWNED                  | REPRODUCED TFMOT_REVIEW RELEASED BUMPED FINAL MERGED",
      })
  void step_isTakenOnlyWhenItIsDue(PlacementDecision place, ProcessState state, String due)
      throws IOException {
    World world = new World(folder, place).upTo(state);
    assertEquals(state, world.status().state());
    byte[] before = Files.exists(world.file) ? Files.readAllBytes(world.file) : new byte[0];

    Set<String> taken = new TreeSet<>();
    for (Step step : Step.values()) {
      if (isTaken(world, before, step.event(world, step.by(place)))) {
        taken.add(step.name());
      }
    }

    assertEquals(words(due), taken);
  }

  /** Ada is of TFMOT, and the author: that is why she may not do what tim may. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "OFFICIAL | RFC_REVIEW             | PLACED       | olga",
        "OFFICIAL | PLACED                 | REPRODUCED   | tim",
        "OFFICIAL | REPRODUCED             | TFMOT_REVIEW | tim",
        "OFFICIAL | TFMOT_APPROVED         | MAY_DEPEND   | olga",
        "OFFICIAL | RELEASABLE             | RELEASED     | ci",
        "OFFICIAL | RELEASED               | BUMPED       | ada ci grace joan olga tim",
        "OFFICIAL | MINIMUM_VERSION_BUMPED | FINAL        | olga",
        "OFFICIAL | FINALLY_APPROVED       | MERGED       | olga",
        "FORK     | RFC_REVIEW             | PLACED       | olga",
        "FORK     | MINIMUM_VERSION_BUMPED | FINAL        | tim",
        "FORK     | FINALLY_APPROVED       | MERGED       | ada tim",
      })
  void step_isTakenOnlyFromThoseWhoMayTakeIt(
      PlacementDecision place, ProcessState state, Step step, String people) throws IOException {
    World world = new World(folder, place).upTo(state);
    byte[] before = Files.readAllBytes(world.file);

    Set<String> may = new TreeSet<>();
    for (String person : PEOPLE) {
      if (isTaken(world, before, step.event(world, person))) {
        may.add(person);
      }
    }

    assertEquals(words(people), may);
  }

  /** Tries a step; one that was taken is undone, so that the next one meets the same journal. */
  private static boolean isTaken(World world, byte[] before, ProcessEvent event)
      throws IOException {
    try {
      world.take(event);
    } catch (ProcessRefusedException e) {
      return false;
    }
    Files.write(world.file, before);
    world.journal = Journal.open(world.file, world.keys);
    return true;
  }

  private static Set<String> words(String text) {
    return text == null ? Set.of() : new TreeSet<>(Arrays.asList(text.split(" ", -1)));
  }
}
