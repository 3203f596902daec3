package org.tfmot.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.tfmot.examples.resnetcifar.OptimizeResNet;
import org.tfmot.gate.claim.BenefitTable;
import org.tfmot.gate.claim.Coverage;
import org.tfmot.gate.claim.Descriptors;
import org.tfmot.gate.claim.Registration;
import org.tfmot.gate.claim.TechniqueDescriptor;
import org.tfmot.gate.process.Rfc;
import org.tfmot.gate.run.ConvergenceTests;

/** What the documentation promises is claimed, can be proven, and has its test. */
class DocumentedBenefitsTest {

  private static final Path ROOT = Path.of("").toAbsolutePath().getParent();

  private static List<TechniqueDescriptor> techniques() throws Exception {
    return Descriptors.onClassPath();
  }

  @Test
  void claims_canBeRegistered() throws Exception {
    assertFalse(Registration.all(techniques()).isEmpty());
  }

  @Test
  void claimsAndTests_areThereForEachOther() throws Exception {
    List<Path> classPath =
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
            .map(Path::of)
            .toList();
    Path classes =
        Path.of(OptimizeResNet.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    SortedMap<String, SortedSet<String>> tests = ConvergenceTests.find(classPath, List.of(classes));

    assertEquals(List.of(), Coverage.problems(techniques(), tests));
  }

  @Test
  void tables_sayWhatIsClaimed() throws Exception {
    assertEquals(
        List.of(),
        BenefitTable.check(List.of(ROOT.resolve("docs/benefits.md")), techniques(), Map.of()));
  }

  @Test
  void rfcs_areThoseOfTheDescriptors() throws Exception {
    for (TechniqueDescriptor technique : techniques()) {
      Path file = ROOT.resolve(technique.rfc());
      Rfc rfc = Rfc.read(file);
      assertEquals(technique.technique(), rfc.technique());
      assertEquals(technique.owners().stream().map(owner -> owner.name()).toList(), rfc.owners());
      assertEquals(technique, Descriptors.read(file.resolveSibling(rfc.descriptor()).normalize()));
    }
  }
}
