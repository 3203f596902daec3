package org.tfmot.gate.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.json.InvalidJsonException;

class ReleasePolicyTest {

  @TempDir Path folder;

  @Test
  void projectWithoutAFile_hasTheStandardPolicy() throws Exception {
    assertEquals(ReleasePolicy.STANDARD, ReleasePolicy.read(folder.resolve("policy.json")));
  }

  @Test
  void file_saysWhatItSays() throws Exception {
    ReleasePolicy policy = read("0.01", "2", "0.01", "0.7", "8", "7", "[\"pruning\"]");
    assertEquals(new ReleasePolicy(1, 0.01, 2, 0.01, 0.7, 8, 7, List.of("pruning"), true), policy);
  }

  @Test
  void valueOutOfItsRange_andUnknownOrMissingKeys_areRefusedByName() throws Exception {
    refused("falseBlockBudget is 0.0", "0.0", "2", "0.05", "0.5", "5", "14");
    refused("maxVoids is -1", "0.05", "-1", "0.05", "0.5", "5", "14");
    refused("maxAlpha is 0.9", "0.05", "2", "0.9", "0.5", "5", "14");
    refused("minP0 is 1.0", "0.05", "2", "0.05", "1.0", "5", "14");
    refused("minRuns is 1", "0.05", "2", "0.05", "0.5", "1", "14");
    refused("maxAgeDays is 0", "0.05", "2", "0.05", "0.5", "5", "0");
    Path file = folder.resolve("policy.json");
    read("0.05", "5", "0.05", "0.5", "5", "14", "[]");
    Files.writeString(file, Files.readString(file).replace("{", "{\"maxVoid\": 3, "));
    InvalidJsonException e =
        assertThrows(InvalidJsonException.class, () -> ReleasePolicy.read(file));
    assertTrue(String.valueOf(e.getMessage()).contains("maxVoid"), e.getMessage());
    Files.writeString(file, "{\"schemaVersion\": 1}");
    e = assertThrows(InvalidJsonException.class, () -> ReleasePolicy.read(file));
    assertTrue(String.valueOf(e.getMessage()).contains("falseBlockBudget"), e.getMessage());
  }

  @Test
  void runners_mayBeNamed_orMissingAsInAFileOfBefore() throws Exception {
    ReleasePolicy before = read("0.05", "5", "0.05", "0.5", "5", "14", "[]");
    assertEquals(List.of(), before.runners());
    assertEquals(90, before.maxRunAgeDays());
    Path file = folder.resolve("policy.json");
    String text = Files.readString(file);
    Files.writeString(
        file, text.replaceFirst("\\{", "{\"runners\": [\"ci\"], \"maxRunAgeDays\": 7, "));
    assertEquals(List.of("ci"), ReleasePolicy.read(file).runners());
    assertEquals(7, ReleasePolicy.read(file).withMaxVoids(1).maxRunAgeDays());
    assertEquals(List.of("ci"), ReleasePolicy.read(file).withMaxVoids(1).runners());
    Files.writeString(file, text.replaceFirst("\\{", "{\"maxRunAgeDays\": 0, "));
    assertThrows(InvalidJsonException.class, () -> ReleasePolicy.read(file));
  }

  @Test
  void voidRuns_canBeFewer_neverMore() {
    assertEquals(0, ReleasePolicy.STANDARD.withMaxVoids(0).maxVoids());
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> ReleasePolicy.STANDARD.withMaxVoids(6));
    assertTrue(String.valueOf(e.getMessage()).contains("never loosens"), e.getMessage());
  }

  @Test
  void claimThatAsksForLessThanThePolicy_isNotAdmitted_andSaysWhy() throws Exception {
    Toy toy = new Toy(folder);
    toy.options =
        GateOptions.STANDARD.withPolicy(
            new ReleasePolicy(1, 0.05, 5, 0.01, 0.7, 6, 14, List.of("clustering"), false));

    GateResult result = toy.gate();

    assertFalse(result.released());
    String refusals = String.join("\n", result.refusals());
    assertTrue(refusals.contains(Toy.ACCURACY + " is not admitted: its alpha is 0.05"), refusals);
    assertTrue(refusals.contains("its limits.minRuns is 5, the policy asks for at least 6"));
    assertTrue(refusals.contains("its minShare is 0.5, the policy asks for at least 0.7"));
    assertTrue(refusals.contains("its target.p0 is 0.5, the policy asks for at least 0.7"));
    assertTrue(
        String.join("\n", result.coverageProblems()).contains("requires the claims of clustering"));
    assertEquals(0, result.newRuns());
  }

  private void refused(String problem, String... values) throws Exception {
    InvalidJsonException e =
        assertThrows(
            InvalidJsonException.class,
            () -> read(values[0], values[1], values[2], values[3], values[4], values[5], "[]"));
    assertTrue(String.valueOf(e.getMessage()).contains(problem), e.getMessage());
  }

  private ReleasePolicy read(
      String budget,
      String voids,
      String alpha,
      String p0,
      String runs,
      String age,
      String techniques)
      throws Exception {
    Path file = folder.resolve("policy.json");
    Files.writeString(
        file,
        """
        {"schemaVersion": 1, "falseBlockBudget": %s, "maxVoids": %s, "maxAlpha": %s, "minP0": %s,
         "minRuns": %s, "maxAgeDays": %s, "requiredTechniques": %s, "requireProcess": true}
        """
            .formatted(budget, voids, alpha, p0, runs, age, techniques));
    return ReleasePolicy.read(file);
  }
}
