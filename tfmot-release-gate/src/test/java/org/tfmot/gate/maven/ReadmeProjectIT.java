package org.tfmot.gate.maven;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.maven.RealMaven.Build;

/** The project that the README shows, built as it stands there. */
class ReadmeProjectIT {

  private static final Pattern SAMPLE =
      Pattern.compile("<!-- sample: (\\S+) -->\\n```\\w+\\n(.*?)```", Pattern.DOTALL);
  private static final String CLAIM = "src/main/resources/META-INF/gate/packing.json";

  @TempDir Path project;

  /** Writes the project; how many lines it has. */
  private int write() throws IOException {
    Matcher sample = SAMPLE.matcher(Files.readString(Path.of("README.md")));
    int lines = 0;
    while (sample.find()) {
      Path file = project.resolve(sample.group(1));
      Files.createDirectories(file.getParent());
      // The README names the release that it will be read with.
      Files.writeString(
          file,
          sample
              .group(2)
              .replaceAll(
                  "(<artifactId>tfmot-release-gate</artifactId><version>)[^<]+",
                  "$1" + RealMaven.VERSION));
      lines += (int) sample.group(2).lines().count();
    }
    return lines;
  }

  @Test
  void readmeProject_isShort_guardsItsBenefit_andKeepsItsEvidence() throws Exception {
    int lines = write();
    assertTrue(lines > 10 && lines < 30, lines + " lines");
    RealMaven maven = RealMaven.in(Path.of("target", "it").toAbsolutePath());

    Build first = maven.run(project, "verify");
    assertTrue(first.passed(), first.toString());
    assertTrue(first.output().contains("1 PASS | release OPEN | 5 runs made"), first.toString());
    for (String file :
        List.of(
            "gate.json", "gate.lock", "TEST-gate.xml", "summary.md", "badge.json", "report.html")) {
      assertTrue(Files.exists(project.resolve("target/gate").resolve(file)), file);
    }

    Build again = maven.run(project, "clean", "verify");
    assertTrue(again.passed(), again.toString());
    assertTrue(again.output().contains("release OPEN | 0 runs made"), again.toString());

    String claim = Files.readString(project.resolve(CLAIM));
    Files.writeString(project.resolve(CLAIM), claim.replace("\"value\": 0.25", "\"value\": 0.1"));
    Build promisesMore = maven.run(project, "verify", "-DskipTests");
    assertFalse(promisesMore.passed(), promisesMore.toString());
    String message = promisesMore.output();
    assertTrue(message.contains("the release is BLOCKED"), message);
    assertTrue(message.contains("packing/words/ratio"), message);
    assertTrue(message.contains("ada"), message);
    assertTrue(Files.exists(project.resolve("gate/ledger.jsonl")));
  }
}
