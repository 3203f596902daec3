package org.tfmot.gate.maven;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.tfmot.gate.maven.Refusals.assertRefused;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.claim.TechniqueDescriptor;
import org.tfmot.gate.engine.Toy;
import org.tfmot.gate.process.ApprovalStep;

public class GoalArgumentsTest {

  @TempDir Path folder;

  @Test
  void oneOf_takesTheNameAsItIsWritten() {
    assertEquals(
        ApprovalStep.MAY_DEPEND,
        GoalArguments.oneOf(ApprovalStep.class, "MAY_DEPEND", "gate.step"));
  }

  @Test
  void oneOf_anotherName_isRefusedWithThoseThatThereAre() {
    assertRefused(
        () -> GoalArguments.oneOf(ApprovalStep.class, "LGTM", "gate.step"),
        "-Dgate.step=LGTM: it is one of [TFMOT_REVIEW, MAY_DEPEND, FINAL]");
    assertRefused(
        () -> GoalArguments.oneOf(ApprovalStep.class, null, "gate.step"),
        "the goal has to be told -Dgate.step, one of [TFMOT_REVIEW, MAY_DEPEND, FINAL]");
  }

  @Test
  void technique_unknown_isRefusedWithThoseOfTheBuild() {
    List<TechniqueDescriptor> techniques = new Toy(folder).spec().techniques();
    assertEquals("pruning", GoalArguments.technique(techniques, "pruning").technique());
    assertRefused(
        () -> GoalArguments.technique(techniques, "prunning"),
        "there is no technique \"prunning\" in this build: it has [pruning]");
    assertRefused(
        () -> GoalArguments.technique(techniques, " "), "-Dgate.technique, one of [pruning]");
  }

  @Test
  void claim_unknown_isRefusedWithThoseOfTheBuild() {
    List<TechniqueDescriptor> techniques = new Toy(folder).spec().techniques();
    assertEquals(Toy.ACCURACY, GoalArguments.claim(techniques, Toy.ACCURACY).id());
    assertRefused(
        () -> GoalArguments.claim(techniques, "pruning/toy/size"), "it has [" + Toy.ACCURACY);
  }

  @Test
  void words_keepsWhatIsQuotedTogether() {
    assertEquals(
        List.of("verify", "-Dname=a b", "-q"), GoalArguments.words("  verify \"-Dname=a b\"  -q "));
    assertEquals(List.of(), GoalArguments.words("  "));
  }
}
