package org.tfmot.gate.claim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenefitTableTest {

  private static final String EMPTY =
      "# Title\n\n<!-- gate:benefits pruning -->\n<!-- gate:end -->\n\nThe end\n";
  private static final List<TechniqueDescriptor> ALL = List.of(Claims.pruning());
  private static final Map<String, Measured> MEASURED =
      Map.of(
          "pruning/resnet/accuracy", new Measured(0.91234, 0.9111, 0.9135, 6),
          "pruning/resnet/reaches", new Measured(0.875, 0.75, 0.95, 40),
          "pruning/resnet/size",
              new Measured(119876, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY, 1));

  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void write() throws IOException {
    file = Files.writeString(folder.resolve("README.md"), EMPTY);
  }

  private String onlyProblem() throws IOException {
    List<String> problems = BenefitTable.check(List.of(file), ALL, MEASURED);
    assertEquals(1, problems.size(), problems::toString);
    return problems.get(0);
  }

  @Test
  void update_emptyTable_writesClaimsAndEvidence() throws IOException {
    assertTrue(BenefitTable.update(file, ALL, MEASURED));
    assertEquals(
        """
        # Title

        <!-- gate:benefits pruning -->
        | Benefit | Documented | Never released beyond | Measured | Proven by |
        |---|---|---|---|---|
        | `pruning/resnet/accuracy` (mean) | accuracy ≥ 0.91 | accuracy ≥ 0.9 | 0.9123 [0.9111, 0.9135], 6 runs; holds if no seed collapses (95 %: at most 40 % do) | `org.example.PruningTest#accuracy` |
        | `pruning/resnet/size` (exact) | accuracy ≤ 120000 | accuracy ≤ 125000 | 119876, 1 run | `org.example.PruningTest#size` |
        | `pruning/resnet/reaches` (reliability) | 95 % of runs reach accuracy ≥ 0.9 by step 2000 | 50 % of runs | 88 % [75 %, 95 %], 40 runs | `train-resnet` |
        <!-- gate:end -->

        The end
        """,
        Files.readString(file));
    assertEquals(List.of(), BenefitTable.check(List.of(file), ALL, MEASURED));
    assertFalse(BenefitTable.update(file, ALL, MEASURED), "nothing is left to change");
  }

  @Test
  void update_withoutEvidence_showsTheReferenceRuns() throws IOException {
    BenefitTable.update(file, ALL, Map.of());
    assertTrue(
        Files.readString(file)
            .contains(
                "| 0.9100, 8 reference runs; holds if no seed collapses (95 %: at most 32 % do)"
                    + " |"));
  }

  @Test
  void update_windowsLineEnds_stay() throws IOException {
    Files.writeString(file, EMPTY.replace("\n", "\r\n"));
    BenefitTable.update(file, ALL, MEASURED);
    String text = Files.readString(file);
    assertEquals(text.lines().count(), text.chars().filter(c -> c == '\r').count());
    assertEquals(List.of(), BenefitTable.check(List.of(file), ALL, MEASURED));
  }

  @Test
  void check_oneNumberChanged_namesFileLineAndBoth() throws IOException {
    BenefitTable.update(file, ALL, MEASURED);
    Files.writeString(file, Files.readString(file).replace("≤ 120000", "≤ 110000"));
    String problem = onlyProblem();
    assertTrue(problem.contains("README.md, line 7"), problem);
    assertTrue(problem.contains("110000") && problem.contains("120000"), problem);
  }

  @Test
  void check_claimChanged_namesTheLineThatIsOld() throws IOException {
    BenefitTable.update(file, ALL, MEASURED);
    TechniqueDescriptor fewer = Claims.descriptor("pruning", list -> list.subList(0, 2));
    List<String> problems = BenefitTable.check(List.of(file), List.of(fewer), MEASURED);
    assertEquals(1, problems.size());
    assertTrue(problems.get(0).contains("line 8"), problems.get(0));
    assertTrue(problems.get(0).contains("due   the end of the table"), problems.get(0));
  }

  @Test
  void check_rowMissing_namesTheLine() throws IOException {
    BenefitTable.update(file, ALL, MEASURED);
    String text = Files.readString(file);
    Files.writeString(file, text.replaceAll("(?m)^\\| `pruning/resnet/reaches.*\n", ""));
    String problem = onlyProblem();
    assertTrue(problem.contains("line 8") && problem.contains("has   the end"), problem);
  }

  @Test
  void check_noTableAnywhere_isNamed() throws IOException {
    Files.writeString(file, "# Title\n");
    assertTrue(onlyProblem().contains("pruning has no table of benefits"));
  }

  @Test
  void markers_brokenOrUnknown_areRefused() throws IOException {
    String[] texts = {
      EMPTY.replace("<!-- gate:end -->", ""),
      EMPTY.replace("<!-- gate:benefits pruning -->", ""),
      EMPTY.replace("benefits pruning", "benefits magic"),
      EMPTY.replace("<!-- gate:end -->", "<!-- gate:benefits pruning -->"),
    };
    for (String text : texts) {
      Files.writeString(file, text);
      List<String> problems = BenefitTable.check(List.of(file), ALL, MEASURED);
      assertTrue(problems.get(0).contains("README.md, line "), problems::toString);
      assertThrows(IllegalArgumentException.class, () -> BenefitTable.update(file, ALL, MEASURED));
      assertEquals(text, Files.readString(file));
    }
  }
}
