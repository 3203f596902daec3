package org.tfmot.gate.maven;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.json.Json;
import org.tfmot.gate.maven.RealMaven.Build;
import org.tfmot.gate.signature.SigningKey;
import org.tfmot.gate.signature.Team;
import org.tfmot.gate.signature.TrustedKey;
import org.tfmot.gate.signature.TrustedKeys;

/** A project of two modules on its way to a repository, and everything that must not get there. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ReleaseIT {

  private static final String JAR = "example/packing/1.0.0/packing-1.0.0.jar";
  private static final String LEDGER =
      "example/packing-check/1.0.0/packing-check-1.0.0-gate-ledger.jsonl";
  private static final String CLAIMS = "lib/src/main/resources/META-INF/gate/packing.json";
  private static final String CODE = "lib/src/main/java/example/Packing.java";

  private Path project;
  private RealMaven maven;
  private Git git;
  private Path released;

  @BeforeAll
  void makeProject(@TempDir Path folder) throws Exception {
    project = folder.toRealPath();
    maven = RealMaven.in(Path.of("target", "it").toAbsolutePath());
    Path template = Path.of("src", "test", "resources", "release");
    try (Stream<Path> files = Files.walk(template)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path target = project.resolve(template.relativize(file).toString());
        Files.createDirectories(target.getParent());
        Files.writeString(
            target, Files.readString(file).replace("GATE-VERSION", RealMaven.VERSION));
      }
    }
    Files.move(project.resolve("gitignore"), project.resolve(".gitignore"));
    Files.createDirectories(project.resolve("keys"));
    SigningKey key = SigningKey.generate();
    key.write(project.resolve("keys/release.pem"));
    SigningKey.generate().write(project.resolve("keys/stranger.pem"));
    Json.write(
        project.resolve("gate/trusted-keys.json"),
        new TrustedKeys(List.of(new TrustedKey("ci", Team.RELEASE, key.publicKey(), null))));
    git = new Git(project);
    git.ask("init", "-q");
    commit("a technique and its claims");
    released = project.resolve("released");
  }

  private void commit(String message) throws Exception {
    git.ask("add", "-A");
    git.ask("-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-q", "-m", message);
  }

  private Build deploy(String key, String... more) throws Exception {
    List<String> arguments = new ArrayList<>(List.of("-Prelease-gate", "clean", "deploy"));
    arguments.add("-DaltDeploymentRepository=here::" + released.toUri());
    if (!key.isEmpty()) {
      arguments.add("-Dgate.key=" + project.resolve("keys").resolve(key + ".pem"));
    }
    arguments.addAll(List.of(more));
    return maven.run(project, arguments.toArray(String[]::new));
  }

  private Build verify() throws Exception {
    return maven.run(
        project,
        "org.tfmot:tfmot-release-gate:" + RealMaven.VERSION + ":verify",
        "-N",
        "-Dgate.coordinates=example:packing:1.0.0",
        "-Dgate.repository=" + released.toUri());
  }

  private void refused(Build build, String... parts) {
    assertFalse(build.passed(), build.toString());
    said(build, parts);
  }

  private void said(Build build, String... parts) {
    for (String part : parts) {
      assertTrue(build.output().contains(part), part + " is not in\n" + build);
    }
  }

  private void nothingIsReleased() {
    assertFalse(Files.exists(released), "something was uploaded");
  }

  private void replace(String file, String from, String to) throws IOException {
    Path path = project.resolve(file);
    String text = Files.readString(path);
    assertTrue(text.contains(from), file);
    Files.writeString(path, text.replace(from, to));
  }

  @Test
  @Order(1)
  void deploy_withoutTheProfile_uploadsNothing_andSaysWhy() throws Exception {
    Build build =
        maven.run(
            project,
            "deploy",
            "-Prelease-gates",
            "-Dmaven.deploy.skip=false",
            "-DaltDeploymentRepository=here::" + released.toUri());

    refused(build, "Nothing is published without the release gate.");
    nothingIsReleased();
  }

  @Test
  @Order(2)
  void deploy_ofABenefitThatIsGone_uploadsNothing_alsoWhenToldNotToFail() throws Exception {
    replace(CODE, "return packed.toByteArray();", "return bytes;");
    commit("a technique that silently does nothing");

    Build build = deploy("release", "-fn", "-DskipTests");

    said(build, "the release is BLOCKED", "packing/words/ratio", "ada");
    nothingIsReleased();
  }

  @Test
  @Order(3)
  void deploy_withoutAKey_orWithAStrangers_uploadsNothing() throws Exception {
    replace(CODE, "return bytes;", "return packed.toByteArray();");
    commit("mended");

    refused(deploy(""), "release OPEN", "nothing was uploaded: the build is not attested");
    Build stranger = deploy("stranger");

    refused(stranger, "0 runs made", "nothing was uploaded: SIGNER_NOT_TRUSTED");
    nothingIsReleased();
  }

  @Test
  @Order(4)
  void deploy_ofAPart_uploadsNothing() throws Exception {
    deploy("release", "-pl", "lib");
    nothingIsReleased();
    refused(deploy("release", "-pl", "lib,check"), "packing-parent is left out of this build");
    nothingIsReleased();
  }

  @Test
  @Order(5)
  void deploy_withAJarSwappedAfterTheGate_uploadsNothing() throws Exception {
    Path other = project.resolve("other/packing-1.0.0.jar");
    Files.createDirectories(other.getParent());
    Files.write(other, new byte[] {1, 2, 3});

    refused(deploy("release", "-Pswap"), "nothing was uploaded: SUBJECT_DIFFERS", JAR);
    nothingIsReleased();
  }

  @Test
  @Order(6)
  void deploy_withChangesThatAreInNoCommit_uploadsNothing() throws Exception {
    Path pom = project.resolve("check/pom.xml");
    String text = Files.readString(pom);
    Files.writeString(pom, text + "<!-- not committed -->\n");

    refused(deploy("release"), "the work tree differs from its commit", "check/pom.xml");
    nothingIsReleased();
    Files.writeString(pom, text);
  }

  @Test
  @Order(7)
  void deploy_ofAProvenRelease_uploadsExactlyWhatIsAttested() throws Exception {
    Build build = deploy("release");

    assertTrue(build.passed(), build.toString());
    said(build, "0 runs made");
    TreeSet<String> files = new TreeSet<>();
    try (Stream<Path> walk = Files.walk(released)) {
      walk.filter(Files::isRegularFile)
          .map(file -> released.relativize(file).toString().replace('\\', '/'))
          .filter(name -> !name.matches(".*(\\.(md5|sha1)|maven-metadata.*)"))
          .forEach(files::add);
    }
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
                "example/packing-parent/1.0.0/packing-parent-1.0.0.pom",
                "example/packing-parent/1.0.0/packing-parent-1.0.0-gate.intoto.jsonl")),
        files);
    assertArrayEquals(
        Files.readAllBytes(project.resolve("lib/target/packing-1.0.0.jar")),
        Files.readAllBytes(released.resolve(JAR)));
  }

  @Test
  @Order(8)
  void verify_ofTheRelease_passes_andFailsAfterAnyChange() throws Exception {
    Build sound = verify();
    assertTrue(sound.passed(), sound.toString());
    said(sound, "PASS packing/words/ratio", "PASS packing/words/lossless");

    for (String name : List.of(JAR, LEDGER)) {
      Path file = released.resolve(name);
      byte[] bytes = Files.readAllBytes(file);
      byte[] changed = bytes.clone();
      changed[changed.length / 2] ^= 1;
      Files.write(file, changed);
      refused(verify(), "example:packing:1.0.0 is not verified: SUBJECT_DIFFERS", name);
      Files.write(file, bytes);
    }
  }

  @Test
  @Order(9)
  void deploy_ofAThresholdEditedTogetherWithCode_isRefused() throws Exception {
    replace(CLAIMS, "\"value\": 0.25", "\"value\": 0.5");
    replace(CODE, "/** What is released. */", "/** What is released, packed less. */");
    commit("packs less, and claims less");

    refused(deploy("release"), CLAIMS, "does not move the bar");
  }
}
