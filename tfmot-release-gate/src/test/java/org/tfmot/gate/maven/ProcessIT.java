package org.tfmot.gate.maven;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tfmot.gate.maven.SampleRelease.passed;
import static org.tfmot.gate.maven.SampleRelease.refused;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.engine.ReleasePolicy;
import org.tfmot.gate.json.Json;
import org.tfmot.gate.maven.RealMaven.Build;

/** The goals that take the steps of the process, and those of an owner. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ProcessIT {

  private SampleRelease sample;

  @BeforeAll
  void makeProject(@TempDir Path folder) throws Exception {
    sample = new SampleRelease(folder);
    sample.writeRfc();
    Json.write(
        sample.project.resolve("gate/policy.json"),
        new ReleasePolicy(1, 0.05, 5, 0.05, 0.5, 5, 14, List.of("packing"), true));
    sample.commit("its RFC, and a policy that asks for the process");
  }

  /** Several goals of the plugin in one build, the phase package before them. */
  private Build goals(String key, List<String> goals, String... properties) throws Exception {
    List<String> arguments = new ArrayList<>(List.of("-Prelease-gate", "package"));
    goals.forEach(
        goal ->
            arguments.add("org.tfmot:tfmot-release-gate:%s:%s".formatted(RealMaven.VERSION, goal)));
    arguments.add("-DskipTests");
    arguments.add("-Dgate.technique=packing");
    arguments.add("-Dgate.key=" + sample.key(key));
    arguments.addAll(List.of(properties));
    return sample.maven(arguments.toArray(String[]::new));
  }

  @Test
  void steps_areTakenInOrder_byThoseWhoMay() throws Exception {
    refused(
        sample.deploy("release"),
        "the policy asks for the process, and it is not through: packing: DRAFT");
    passed(goals("ada", List.of("propose"), "-Dgate.rfc=rfc.md"), "packing is proposed; next: ");
    refused(
        goals("tim", List.of("approve"), "-Dgate.step=TFMOT_REVIEW"),
        "TFMOT_REVIEW is out of order: it has no placement yet");
    passed(
        goals(
            "olga",
            List.of("place", "status"),
            "-Dgate.rfc=rfc.md",
            "-Dgate.scores=1,2,1,3,3,3",
            "-Dgate.placement=FORK",
            "-Dgate.rationale=a model of its own"),
        "packing: PLACED; missing: ");
    refused(
        goals("tim", List.of("run", "reproduce")),
        "a reproduction has seeds of its own: run the gate, and this goal, with"
            + " -Dgate.reproducer=tim");
    passed(
        goals(
            "tim",
            List.of("run", "reproduce", "approve"),
            "-Dgate.step=TFMOT_REVIEW",
            "-Dgate.reproducer=tim"),
        "packing: RELEASABLE");
    passed(sample.deploy("release"), "published");
    List<String> steps = Files.readAllLines(sample.project.resolve("gate/journal.jsonl"));
    Files.write(sample.project.resolve("gate/journal.jsonl"), steps.subList(0, steps.size() - 1));
    refused(sample.deploy("release"), "lines at its end were removed or replaced");
    Files.write(sample.project.resolve("gate/journal.jsonl"), steps);
  }

  @Test
  void step_onAWorkTreeThatIsNotItsCommit_isRefused() throws Exception {
    Path code = sample.project.resolve(SampleRelease.CODE);
    String text = Files.readString(code);
    Files.writeString(code, text + "// in no commit");
    try {
      refused(
          goals("ada", List.of("propose"), "-Dgate.rfc=rfc.md"),
          "the work tree differs from its commit",
          SampleRelease.CODE);
    } finally {
      Files.writeString(code, text);
    }
  }

  @Test
  void owner_canRepeatARun_andHasAFolder() throws Exception {
    passed(
        goals(
            "ada",
            List.of("run", "replay", "debug"),
            "-Dgate.claim=packing/words/ratio",
            "-Dgate.run=2"),
        "run 2 of packing/words/ratio",
        "identical: sha256:");
    Path folder = sample.project.resolve("check/target/gate/debug");
    try (Stream<Path> files = Files.walk(folder)) {
      assertTrue(files.anyMatch(file -> file.endsWith("summary.md")), "no summary.md");
    }
    refused(goals("ada", List.of("debug"), "-Dgate.claim=packing/none"), "packing/none");
  }
}
