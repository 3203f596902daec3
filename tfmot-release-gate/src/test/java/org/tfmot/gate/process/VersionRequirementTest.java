package org.tfmot.gate.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.semver4j.Semver;

class VersionRequirementTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[1.2,2.0)     | 1.1.9 | false",
        "[1.2,2.0)     | 1.2.0 | true",
        "[1.2,2.0)     | 1.99.0 | true",
        "[1.2,2.0)     | 2.0.0 | false",
        "[1.2,2.0]     | 2.0.0 | true",
        "[1.2,2.0]     | 2.0.1 | false",
        "[1.2,)        | 99.0.0 | true",
        "(,1.2]        | 0.0.1 | true",
        "[1.2]         | 1.2.0 | true",
        "[1.2]         | 1.2.1 | false",
        "1.2           | 1.2.0 | true",
        "1.2           | 1.9.9 | true",
        "1.2           | 2.0.0 | false",
        "0.1.0         | 0.9.0 | true",
      })
  void admits_whatMavenWouldTake(String text, String version, boolean admitted) {
    assertEquals(admitted, VersionRequirement.parse(text).admits(new Semver(version)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "latest",
        "[1,2",
        "1,2]",
        "[1,2),[3,4)",
        "[1,2,3]",
        "[1)",
        "(1)",
        "[]",
        "1.2.+",
        "${v}",
        "1.0-SNAPSHOT",
        "[1.0-alpha,2)",
        "[1,2.0.0.1)",
        "99999999999.0.0"
      })
  void parse_whatMavenAndSemverMayReadDifferently_isRefused(String text) {
    String message =
        assertThrows(ProcessRefusedException.class, () -> VersionRequirement.parse(text))
            .getMessage();
    assertTrue(message.contains("write"), message);
  }

  @Test
  void raise_goesUpOnly_andNotOutOfTheRange() {
    VersionRequirement requirement = VersionRequirement.parse("[1.2,2.0)");

    assertEquals("[1.10.0,2.0)", requirement.raise(new Semver("1.10.0")).text());
    assertThrows(ProcessRefusedException.class, () -> requirement.raise(new Semver("1.2.0")));
    assertThrows(ProcessRefusedException.class, () -> requirement.raise(new Semver("2.0.0")));
  }

  @Test
  void bumpEvent_thatGoesDown_orWasTriedOnAnOlderVersion_isRefused() {
    assertTrue(refusedBump("0.2.0", "0.1.0", "0.3.0").contains("only goes up"));
    assertTrue(refusedBump("0.2", "0.2.0", "0.3.0").contains("only goes up"));
    assertTrue(refusedBump("0.1", "0.3.0", "0.2.0").contains("older than the new bound"));
    assertTrue(refusedBump("0.1", "0.3.0-rc1", "0.3.0").contains("is no release"));
  }

  private static String refusedBump(String from, String to, String newest) {
    return assertThrows(
            ProcessRefusedException.class,
            () ->
                new ProcessEvent.MinimumVersionBumped(
                    "pruning",
                    "ada",
                    "g:a",
                    from,
                    to,
                    newest,
                    org.tfmot.gate.json.Digest.of(new byte[0])))
        .getMessage();
  }
}
