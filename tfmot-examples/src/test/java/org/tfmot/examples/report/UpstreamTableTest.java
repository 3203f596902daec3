package org.tfmot.examples.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.tfmot.examples.report.UpstreamTable.Published;
import org.tfmot.gate.claim.Claim;
import org.tfmot.gate.claim.Descriptors;
import org.tfmot.gate.claim.TechniqueDescriptor;

class UpstreamTableTest {

  private static final String CHANGE = "quantization-aware-training/resnet20-cifar10/top1-change";
  private static final String SIZE = "quantization-aware-training/resnet20-cifar10/tflite-ratio";

  @Test
  void benefits_haveTheTableOfTheClaims() throws Exception {
    String page =
        Files.readString(Path.of("").toAbsolutePath().getParent().resolve("docs/benefits.md"));
    List<String> lines = UpstreamTable.lines(UpstreamTable.published(), Descriptors.onClassPath());
    assertEquals(UpstreamTable.updated(page, lines), page);
  }

  @Test
  void row_hasMeanDeviationAndNumberOfTheReferenceRuns() throws Exception {
    List<Double> runs = claim(CHANGE).calibration();
    double mean = 0;
    for (double run : runs) {
      mean += run / runs.size();
    }
    double squares = 0;
    for (double run : runs) {
      squares += (run - mean) * (run - mean);
    }
    String row = lines(CHANGE, SIZE).get(2);
    assertTrue(
        row.startsWith(
            String.format(
                Locale.ROOT,
                "| int8 | %+.2f | %.2f | %d | %.3f | -0.08 | [Net](",
                100 * mean,
                100 * Math.sqrt(squares / (runs.size() - 1)),
                runs.size(),
                claim(SIZE).documented())),
        row);
  }

  @Test
  void unknownClaim_isNamed() {
    Exception e =
        assertThrows(IllegalArgumentException.class, () -> lines("pruning/nothing/here", SIZE));
    assertTrue(String.valueOf(e.getMessage()).contains("pruning/nothing/here"), e.toString());
  }

  @Test
  void claimWithoutReferenceRuns_isRefused() {
    Exception e = assertThrows(IllegalArgumentException.class, () -> lines(SIZE, SIZE));
    assertTrue(String.valueOf(e.getMessage()).contains("0 reference runs"), e.toString());
  }

  @Test
  void textWithoutMarks_isRefused() {
    assertThrows(
        IllegalArgumentException.class, () -> UpstreamTable.updated("# Title\n", List.of()));
  }

  private static List<String> lines(String change, String size) throws Exception {
    return UpstreamTable.lines(
        List.of(new Published("int8", change, size, "Net", -0.08, "page")),
        Descriptors.onClassPath());
  }

  private static Claim claim(String id) throws Exception {
    for (TechniqueDescriptor technique : Descriptors.onClassPath()) {
      for (Claim claim : technique.claims()) {
        if (claim.id().equals(id)) {
          return claim;
        }
      }
    }
    throw new AssertionError("no claim " + id);
  }
}
