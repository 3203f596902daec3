package org.tfmot.gate.maven;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tfmot.gate.maven.SampleRelease.CLAIMS;
import static org.tfmot.gate.maven.SampleRelease.CODE;
import static org.tfmot.gate.maven.SampleRelease.JAR;
import static org.tfmot.gate.maven.SampleRelease.LEDGER;
import static org.tfmot.gate.maven.SampleRelease.passed;
import static org.tfmot.gate.maven.SampleRelease.refused;
import static org.tfmot.gate.maven.SampleRelease.said;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.attestation.Attestation;
import org.tfmot.gate.attestation.AttestedClaim;
import org.tfmot.gate.attestation.ConvergencePredicate;
import org.tfmot.gate.attestation.Subject;
import org.tfmot.gate.engine.ReleasePolicy;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.json.Json;
import org.tfmot.gate.ledger.ForgedLedger;
import org.tfmot.gate.ledger.HashChain;
import org.tfmot.gate.ledger.Ledger;
import org.tfmot.gate.ledger.LedgerRecord;
import org.tfmot.gate.ledger.LedgerRecord.KeyDeclared;
import org.tfmot.gate.ledger.LedgerRecord.RunFinished;
import org.tfmot.gate.ledger.LedgerRecord.RunStarted;
import org.tfmot.gate.ledger.RunStatus;
import org.tfmot.gate.maven.RealMaven.Build;
import org.tfmot.gate.signature.SigningKey;
import org.tfmot.gate.signature.TrustedKeys;

/** A project of two modules on its way to a repository, and everything that must not get there. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ReleaseIT {

  private SampleRelease sample;

  @BeforeAll
  void makeProject(@TempDir Path folder) throws Exception {
    sample = new SampleRelease(folder);
  }

  @Test
  @Order(1)
  void deploy_withoutTheProfile_uploadsNothing_andSaysWhy() throws Exception {
    Build build =
        sample.maven(
            "deploy",
            "-Prelease-gates",
            "-Dmaven.deploy.skip=false",
            "-DaltDeploymentRepository=here::" + sample.released.toUri());

    refused(build, "Nothing is published without the release gate.");
    sample.nothingIsReleased();
  }

  @Test
  @Order(2)
  void deploy_ofABenefitThatIsGone_uploadsNothing_alsoWhenToldNotToFail() throws Exception {
    sample.replace(CODE, "return packed.toByteArray();", "return bytes;");
    sample.commit("a technique that silently does nothing");

    Build build = sample.deploy("release", "-fn", "-DskipTests");

    said(build, "the release is BLOCKED", "packing/words/ratio", "ada");
    sample.nothingIsReleased();
  }

  /** Five runs of each claim's test that are all good, under the keys that a ledger declares. */
  private static List<LedgerRecord> invented(List<LedgerRecord> honest) {
    List<LedgerRecord> lines = new ArrayList<>();
    Map<Digest, SortedSet<String>> claims = new LinkedHashMap<>();
    for (LedgerRecord line : honest) {
      if (line instanceof KeyDeclared) {
        lines.add(line);
      } else if (line instanceof RunStarted start) {
        claims.computeIfAbsent(start.key(), key -> new TreeSet<>()).addAll(start.claimIds());
      }
    }
    claims.forEach(
        (key, ids) -> {
          for (int index = 1; index <= 5; index++) {
            RunStarted start = RunStarted.of(key, ids, index);
            TreeMap<String, Double> metrics = new TreeMap<>();
            ids.forEach(id -> metrics.put(id.substring(id.lastIndexOf('/') + 1), 0.1));
            metrics.put("lossless", 1.0);
            metrics.put("reached:packing/words/ratio", 1.0);
            lines.add(start);
            lines.add(
                new RunFinished(key, index, start.seed(), RunStatus.OK, metrics, null, 61.5, null));
          }
        });
    return lines;
  }

  /** The benefit is gone; somebody has written its runs by hand, digests, seeds and all. */
  @Test
  @Order(3)
  void deploy_ofAForgedLedger_uploadsNothing() throws Exception {
    Path file = sample.project.resolve("gate/ledger.jsonl");
    byte[] honest = Files.readAllBytes(file);
    List<LedgerRecord> lines = invented(Ledger.read(file).records());
    ForgedLedger.write(file, lines);
    sample.commit("evidence");

    Build build = sample.deploy("release", "-DskipTests");

    refused(build, "the release is BLOCKED", "packing/words/ratio");
    sample.nothingIsReleased();
    Files.write(file, honest);
    sample.commit("the ledger as it was");
  }

  @Test
  @Order(4)
  void deploy_withoutAKey_orWithAStrangers_uploadsNothing() throws Exception {
    sample.replace(CODE, "return bytes;", "return packed.toByteArray();");
    sample.commit("mended");

    refused(sample.deploy(""), "release OPEN", "nothing was uploaded: the build is not attested");
    // Another name for the machine draws no new seeds.
    Build stranger = sample.deploy("stranger", "-Dos.arch=other");

    refused(stranger, "0 runs made", "not signed by a runner of the trusted keys");
    sample.nothingIsReleased();
  }

  @Test
  @Order(5)
  void deploy_ofAPart_uploadsNothing() throws Exception {
    sample.deploy("release", "-pl", "lib");
    sample.nothingIsReleased();
    refused(
        sample.deploy("release", "-pl", "lib,check"), "packing-parent is left out of this build");
    sample.nothingIsReleased();
  }

  @Test
  @Order(6)
  void deploy_withAJarSwappedAfterTheGate_uploadsNothing() throws Exception {
    Path other = sample.project.resolve("other/packing-1.0.0.jar");
    Files.createDirectories(other.getParent());
    Files.write(other, new byte[] {1, 2, 3});

    refused(sample.deploy("release", "-Pswap"), "nothing was uploaded: SUBJECT_DIFFERS", JAR);
    sample.nothingIsReleased();
  }

  @Test
  @Order(7)
  void deploy_withChangesThatAreInNoCommit_uploadsNothing() throws Exception {
    Path pom = sample.project.resolve("check/pom.xml");
    String text = Files.readString(pom);
    Files.writeString(pom, text + "<!-- not committed -->\n");

    refused(sample.deploy("release"), "the work tree differs from its commit", "check/pom.xml");
    sample.nothingIsReleased();
    Files.writeString(pom, text);
  }

  @Test
  @Order(7)
  void deploy_withATableThatSaysMoreThanTheClaims_uploadsNothing() throws Exception {
    Path readme = sample.project.resolve("README.md");
    Files.writeString(
        readme,
        """
        <!-- gate:benefits packing -->
        | Packing | packs to a tenth |
        <!-- gate:end -->
        """);

    refused(
        sample.deploy("release", "-Dgate.tables=" + readme),
        "README.md, line 2: the table of packing does not match its claims and evidence",
        "gate:tables rewrites the tables");
    sample.nothingIsReleased();
    Files.delete(readme);
  }

  @Test
  @Order(7)
  void policyOnTheCommandLine_isRefused_withThePlaceWhereItIsWritten() throws Exception {
    refused(
        sample.deploy("release", "-Dgate.ledger=elsewhere.jsonl"),
        "-Dgate.ledger is not taken",
        "gate/ledger.jsonl");
    sample.nothingIsReleased();
    assertFalse(Files.exists(sample.project.resolve("elsewhere.jsonl")));
    refused(sample.deploy("release", "-Dgate.maxVoids=99"), "99 VOID runs are more than", "5");
    sample.nothingIsReleased();
  }

  @Test
  @Order(7)
  void deploy_withAJarThatNoTestSaw_uploadsNothing() throws Exception {
    refused(
        sample.deploy("release", "-Pextra-jar"),
        "no test had example/packing/1.0.0/packing-1.0.0-all.jar on its class path");
    sample.nothingIsReleased();
  }

  @Test
  @Order(7)
  void deploy_ofWhatTheCommitDoesNotBuild_uploadsNothing() throws Exception {
    refused(
        sample.deploy("release", "-Dproject.build.outputTimestamp=2025-01-01T00:00:00Z"),
        "-1.0.0.jar is not what commit");
    sample.nothingIsReleased();
  }

  @Test
  @Order(7)
  void deploy_whereAnotherPluginWouldUpload_failsBeforeTheFirstModule() throws Exception {
    Build build = sample.deploy("release", "-Pordinary-deploy");
    refused(build, "nothing is uploaded: maven-deploy-plugin in packing", "<skip>true</skip>");
    assertFalse(build.output().contains("--- maven-resources-plugin"), build.output());
    sample.nothingIsReleased();
  }

  @Test
  @Order(7)
  void keygen_inAFolderOfModules_makesTheKey() throws Exception {
    Path key = sample.project.resolve("keys/new.pem");
    Build build =
        sample.maven(
            "org.tfmot:tfmot-release-gate:" + RealMaven.VERSION + ":keygen",
            "-Dgate.key=" + key,
            "-Dgate.name=new",
            "-Dgate.team=RELEASE");

    passed(build, "its entry in trusted-keys.json", "\"publicKey\"");
    assertTrue(Files.size(key) > 0);
  }

  @Test
  @Order(8)
  void deploy_ofAProvenRelease_uploadsExactlyWhatIsAttested() throws Exception {
    Build build = sample.deploy("release");

    passed(build, "0 runs made");
    assertEquals(
        new TreeSet<>(
            List.of(
                JAR,
                "example/packing/1.0.0/packing-1.0.0.pom",
                "example/packing/1.0.0/packing-1.0.0-gate.intoto.jsonl",
                "example/packing-check/1.0.0/packing-check-1.0.0.jar",
                "example/packing-check/1.0.0/packing-check-1.0.0.pom",
                "example/packing-check/1.0.0/packing-check-1.0.0-gate.intoto.jsonl",
                LEDGER,
                "example/packing-check/1.0.0/packing-check-1.0.0-gate-dependencies.jsonl",
                "example/packing-parent/1.0.0/packing-parent-1.0.0.pom",
                "example/packing-parent/1.0.0/packing-parent-1.0.0-gate.intoto.jsonl")),
        sample.released());
    assertArrayEquals(
        Files.readAllBytes(sample.project.resolve("lib/target/packing-1.0.0.jar")),
        Files.readAllBytes(sample.released.resolve(JAR)));
  }

  @Test
  @Order(9)
  void verify_ofTheRelease_passes_andFailsAfterAnyChange() throws Exception {
    passed(sample.verify(), "PASS packing/words/ratio", "PASS packing/words/lossless");
    Build again = sample.verify("-Prelease-gate", "-Dgate.rerun=2");
    passed(again, "is verified");
    assertEquals(2, again.output().split("made again: ", -1).length - 1, again.output());

    for (String name : List.of(JAR, LEDGER)) {
      Path file = sample.released.resolve(name);
      byte[] bytes = Files.readAllBytes(file);
      byte[] changed = bytes.clone();
      changed[changed.length / 2] ^= 1;
      Files.write(file, changed);
      refused(sample.verify(), "example:packing:1.0.0 is not verified: SUBJECT_DIFFERS", name);
      Files.write(file, bytes);
    }
    Path policy = sample.project.resolve("gate/policy.json");
    Json.write(policy, new ReleasePolicy(1, 0.05, 5, 0.05, 0.5, 5, 14, List.of(), true));
    refused(sample.verify(), "is not verified: the policy asks for the process");
    Files.delete(policy);
    Path last = sample.project.resolve("gate/last-release.intoto.jsonl");
    byte[] own = Files.readAllBytes(last);
    attestEarlierRelease(last);
    refused(
        sample.verify(),
        "is not verified: the ledger lacks 1 of the 1 runs of packing/words/lossless");
    Files.write(last, own);
  }

  /** Another release, a day before, with runs that the ledger does not have. */
  private void attestEarlierRelease(Path file) throws Exception {
    TrustedKeys keys = TrustedKeys.read(sample.project.resolve("gate/trusted-keys.json"));
    ConvergencePredicate now = LastRelease.read(file, keys).orElseThrow().attested();
    List<AttestedClaim> claims =
        now.claims().stream()
            .map(
                claim ->
                    new AttestedClaim(
                        claim.id(),
                        claim.alpha(),
                        claim.beta(),
                        1,
                        List.of(1),
                        claim.evidence(),
                        claim.decision(),
                        claim.estimate(),
                        null))
            .toList();
    ConvergencePredicate before =
        new ConvergencePredicate(
            now.gate(),
            Instant.parse(now.time()).minus(Duration.ofDays(1)).toString(),
            now.commit(),
            now.claimsDigests(),
            now.inputs(),
            new HashChain.Head(9, Digest.of(new byte[] {1})),
            null,
            claims);
    Attestation.sign(
            List.of(Subject.of(JAR, Digest.of(new byte[] {2}))),
            before,
            SigningKey.read(sample.key("release")))
        .write(file);
  }

  @Test
  @Order(10)
  void deploy_withALedgerThatWasDeleted_isRefusedBeforeAnyRun() throws Exception {
    Path ledger = sample.project.resolve("gate/ledger.jsonl");
    byte[] bytes = Files.readAllBytes(ledger);
    Files.delete(ledger);
    refused(
        sample.deploy("release"),
        "the ledger lacks 1 of the 1 runs of packing/words/lossless that the release of commit ");
    assertFalse(Files.exists(ledger));
    Path last = sample.project.resolve("gate/last-release.intoto.jsonl");
    byte[] released = Files.readAllBytes(last);
    Files.delete(last);
    refused(
        sample.deploy("release"),
        "the ledger lacks run 1 of example.PackingConvergence#words by release, which commit ");
    Files.write(last, released);
    Files.write(ledger, bytes);
  }

  @Test
  @Order(11)
  void deploy_ofAThresholdEditedTogetherWithCode_isRefused() throws Exception {
    sample.replace(CLAIMS, "\"value\": 0.25", "\"value\": 0.5");
    sample.replace(CODE, "/** What is released. */", "/** What is released, packed less. */");
    sample.commit("packs less, and claims less");
    sample.git.ask("tag", "v999");

    refused(sample.deploy("release"), CLAIMS, "does not move the bar");
  }
}
