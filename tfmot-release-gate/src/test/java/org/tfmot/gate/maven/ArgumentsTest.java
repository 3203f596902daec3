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

public class ArgumentsTest {

  @TempDir Path folder;

  @Test
  void oneOf_takesTheNameAsItIsWritten() {
    assertEquals(
        ApprovalStep.MAY_DEPEND, Arguments.oneOf(ApprovalStep.class, "MAY_DEPEND", "gate.step"));
  }

  @Test
  void oneOf_anotherName_isRefusedWithThoseThatThereAre() {
    assertRefused(
        () -> Arguments.oneOf(ApprovalStep.class, "LGTM", "gate.step"),
        "-Dgate.step=LGTM: it is one of [TFMOT_REVIEW, MAY_DEPEND, FINAL]");
    assertRefused(
        () -> Arguments.oneOf(ApprovalStep.class, null, "gate.step"),
        "the goal has to be told -Dgate.step, one of [TFMOT_REVIEW, MAY_DEPEND, FINAL]");
  }

  @Test
  void technique_unknown_isRefusedWithThoseOfTheBuild() {
    List<TechniqueDescriptor> techniques = new Toy(folder).spec().techniques();
    assertEquals("pruning", Arguments.technique(techniques, "pruning").technique());
    assertRefused(
        () -> Arguments.technique(techniques, "prunning"),
        "there is no technique \"prunning\" in this build: it has [pruning]");
    assertRefused(() -> Arguments.technique(techniques, " "), "-Dgate.technique, one of [pruning]");
  }

  @Test
  void claim_unknown_isRefusedWithThoseOfTheBuild() {
    List<TechniqueDescriptor> techniques = new Toy(folder).spec().techniques();
    assertEquals(Toy.ACCURACY, Arguments.claim(techniques, Toy.ACCURACY).id());
    assertRefused(() -> Arguments.claim(techniques, "pruning/toy/size"), "it has [" + Toy.ACCURACY);
  }

  @Test
  void words_keepsWhatIsQuotedTogether() {
    assertEquals(
        List.of("verify", "-Dname=a b", "-q"), Arguments.words("  verify \"-Dname=a b\"  -q "));
    assertEquals(List.of(), Arguments.words("  "));
  }
}
