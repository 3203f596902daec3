package org.tfmot.gate.maven;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tfmot.gate.maven.SampleRelease.refused;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.engine.ReleasePolicy;
import org.tfmot.gate.json.Json;
import org.tfmot.gate.maven.RealMaven.Build;

/** The life of a technique as docs/maintainers.md tells it: its lines, and what it says of them. */
@DisabledOnOs(OS.WINDOWS)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class MaintainersIT {

  private static final Pattern BLOCK = Pattern.compile("```(sh|text)\\n(.*?)```", Pattern.DOTALL);
  private static final Pattern ENTRY = Pattern.compile("\\{\"name\":.*}");
  private static final String TRUSTED_KEYS = "gate/trusted-keys.json";
  private static final long LIMIT_MINUTES = 10;

  private SampleRelease sample;
  private Path home;

  @BeforeAll
  void prepare(@TempDir Path project, @TempDir Path home) throws Exception {
    this.home = home.toRealPath();
    sample = new SampleRelease(project);
    Files.createDirectories(home.resolve("bin"));
    sample.writeCommand(home.resolve("bin/mvn"));
    sample.replace(SampleRelease.CLAIMS, "\"placement\": \"FORK\"", "\"placement\": \"OFFICIAL\"");
    sample.commit("where its example is to live");
    sample.writeRfc();
    Json.write(
        sample.project.resolve("gate/policy.json"),
        new ReleasePolicy(1, 0.05, 5, 0.05, 0.5, 5, 14, List.of("packing"), true));
    String repositories =
        "<repositories><repository><id>releases</id><url>file://%s/releases</url></repository></repositories>"
            .formatted(this.home);
    sample.replace("pom.xml", "<build>", repositories + "<build>");
    Path consumer = Files.createDirectories(sample.project.resolve("consumer/src/main/java"));
    Files.writeString(
        consumer.resolve("Consumer.java"),
        "class Consumer { byte[] of(byte[] b) throws Exception { return example.Packing.pack(b); }"
            + " }");
    Files.writeString(
        sample.project.resolve("consumer/pom.xml"),
        """
        <project>
          <modelVersion>4.0.0</modelVersion><groupId>consumer</groupId><artifactId>consumer</artifactId><version>1</version>
          <properties><maven.compiler.release>17</maven.compiler.release></properties>
          <dependencies><dependency><groupId>example</groupId><artifactId>packing</artifactId><version>[0.9.0,2.0.0)</version></dependency></dependencies>
          %s
          <build><plugins>
            <plugin><artifactId>maven-resources-plugin</artifactId><version>3.3.1</version></plugin>
            <plugin><artifactId>maven-compiler-plugin</artifactId><version>3.14.1</version></plugin>
          </plugins></build>
        </project>
        """
            .formatted(repositories));
    Files.delete(sample.project.resolve(TRUSTED_KEYS));
    sample.commit("an RFC, a policy that asks for the process, a consumer");
  }

  @Test
  @Order(1)
  void linesOfThePage_takeTheTechniqueFromItsRfcToItsOwners() throws Exception {
    List<MatchResult> blocks =
        BLOCK.matcher(Files.readString(Path.of("..", "docs", "maintainers.md"))).results().toList();
    String definitions = "";
    String printed = "";
    int expectations = 0;
    for (MatchResult block : blocks) {
      String text = block.group(2);
      if (block.group(1).equals("text")) {
        for (String line : text.lines().toList()) {
          assertTrue(printed.contains(line), line + " is not in\n" + printed);
          expectations++;
        }
      } else if (definitions.isEmpty()) {
        definitions = text.replaceAll("(gate:)[^:\\s]+(?=\\n)", "$1" + RealMaven.VERSION);
      } else {
        if (text.contains("git add " + TRUSTED_KEYS)) {
          trust(printed);
        }
        printed = shell(definitions + text);
      }
    }
    assertTrue(expectations >= 15, expectations + " lines are expected");
    assertEquals("", sample.git.ask("status", "--porcelain"));
    Path debug = sample.project.resolve("check/target/gate/debug");
    try (Stream<Path> files = Files.walk(debug)) {
      Path summary = files.filter(file -> file.endsWith("summary.md")).findFirst().orElseThrow();
      String text = Files.readString(summary);
      assertTrue(text.contains("(reproduction of tim): PASS"), text);
      assertTrue(text.contains("No other key of this ledger passes"), text);
    }
  }

  @Test
  @Order(2)
  void bumpTwice_saysWhoRaisedIt_andDoesNothing() throws Exception {
    List<String> before = Files.readAllLines(sample.project.resolve("gate/journal.jsonl"));
    String bump =
        " $GATE:bump -DskipTests -Dgate.technique=packing -Dgate.pom=consumer/pom.xml"
            + " -Dgate.dependency=example:packing -Dgate.to=1.0.0 -Dgate.key=$HOME/ada.pem\n";
    String printed =
        shell(
            "GATE=org.tfmot:tfmot-release-gate:%s\nmvn -Prelease-gate package"
                    .formatted(RealMaven.VERSION)
                + bump);
    assertTrue(
        printed.contains("nothing to do: example:packing was raised from 0.9.0 to 1.0.0 by ada"),
        printed);
    assertTrue(printed.contains("packing: OWNED"), printed);
    assertEquals(before, Files.readAllLines(sample.project.resolve("gate/journal.jsonl")));
  }

  /** Maven would advise to resume with -rf, which the gate refuses. */
  @Test
  @Order(3)
  void refusalOfAStep_givesNoAdviceThatIsRefused() throws Exception {
    Path code = sample.project.resolve(SampleRelease.CODE);
    Files.writeString(code, Files.readString(code) + "// in no commit");
    Build build =
        sample.maven(
            "-Prelease-gate",
            "package",
            "org.tfmot:tfmot-release-gate:" + RealMaven.VERSION + ":approve",
            "-DskipTests",
            "-Dgate.technique=packing",
            "-Dgate.step=FINAL",
            "-Dgate.key=" + home.resolve("olga.pem"));

    refused(build, "the work tree differs from its commit", SampleRelease.CODE);
    assertFalse(build.output().contains("packing: "), build.output());
    assertFalse(build.output().contains("-rf"), build.output());
  }

  /** Takes the entries that keygen printed, as a reviewer does. */
  private void trust(String printed) throws IOException {
    TreeSet<String> entries = new TreeSet<>();
    ENTRY.matcher(printed).results().map(MatchResult::group).forEach(entries::add);
    assertEquals(4, entries.size(), printed);
    Files.writeString(
        sample.project.resolve(TRUSTED_KEYS), "[" + String.join(",", entries) + "]\n");
  }

  private String shell(String lines) throws IOException, InterruptedException {
    Path log = home.resolve("log");
    ProcessBuilder builder =
        new ProcessBuilder(List.of("bash", "-e", "-c", lines))
            .directory(sample.project.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().keySet().removeIf(name -> name.matches("(MAVEN|GIT)_.*"));
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("HOME", home.toString());
    builder.environment().put("PATH", home.resolve("bin") + ":" + System.getenv("PATH"));
    for (String role : List.of("AUTHOR", "COMMITTER")) {
      builder.environment().put("GIT_" + role + "_NAME", "a");
      builder.environment().put("GIT_" + role + "_EMAIL", "a@example.org");
    }
    Process process = builder.start();
    try {
      assertTrue(process.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES), () -> "still running: " + lines);
      String printed = Files.readString(log);
      assertEquals(0, process.exitValue(), lines + "\n" + printed);
      return printed;
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }
}
