package org.tfmot.gate.maven;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.tfmot.gate.json.Json;
import org.tfmot.gate.maven.RealMaven.Build;
import org.tfmot.gate.signature.SigningKey;
import org.tfmot.gate.signature.Team;
import org.tfmot.gate.signature.TrustedKey;
import org.tfmot.gate.signature.TrustedKeys;

/** A project of two modules, in git, with the keys of everyone who has a say, and a repository. */
final class SampleRelease {

  static final String JAR = "example/packing/1.0.0/packing-1.0.0.jar";
  static final String LEDGER = "example/packing-check/1.0.0/packing-check-1.0.0-gate-ledger.jsonl";
  static final String CLAIMS = "lib/src/main/resources/META-INF/gate/packing.json";
  static final String CODE = "lib/src/main/java/example/Packing.java";

  private static final Map<String, Team> PEOPLE =
      Map.of(
          "ada", Team.CONTRIBUTOR,
          "grace", Team.CONTRIBUTOR,
          "joan", Team.CONTRIBUTOR,
          "tim", Team.TFMOT,
          "olga", Team.OFFICIAL_MODELS,
          "release", Team.RELEASE);

  final Path project;
  final Path released;
  final Git git;
  private final RealMaven maven;

  SampleRelease(Path folder) throws Exception {
    project = folder.toRealPath();
    released = project.resolve("released");
    git = new Git(project);
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
    List<TrustedKey> trusted = new ArrayList<>();
    for (String name : new TreeSet<>(PEOPLE.keySet())) {
      SigningKey key = SigningKey.generate();
      key.write(key(name));
      trusted.add(new TrustedKey(name, PEOPLE.get(name), key.publicKey(), null));
    }
    SigningKey.generate().write(key("stranger"));
    Json.write(project.resolve("gate/trusted-keys.json"), new TrustedKeys(trusted));
    git.ask("init", "-q");
    commit("a technique and its claims");
  }

  /** Writes {@code rfc.md}, by ada, about the technique and its claims. */
  void writeRfc() throws IOException {
    Files.writeString(
        project.resolve("rfc.md"),
        """
        ---
        technique: packing
        title: Packing
        author: ada
        owners: [ada, grace]
        status: REVIEW
        descriptor: lib/src/main/resources/META-INF/gate/packing.json
        ---
        Everyone needs it.
        """);
  }

  /** Writes a program {@code mvn} that builds as {@link #maven} does. */
  void writeCommand(Path file) throws IOException {
    maven.writeCommand(file);
  }

  Path key(String name) {
    return project.resolve("keys").resolve(name + ".pem");
  }

  void commit(String message) throws Exception {
    git.ask("add", "-A");
    git.ask("-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-q", "-m", message);
  }

  void replace(String file, String from, String to) throws IOException {
    Path path = project.resolve(file);
    String text = Files.readString(path);
    assertTrue(text.contains(from), file);
    Files.writeString(path, text.replace(from, to));
  }

  Build maven(String... arguments) throws Exception {
    return maven.run(project, arguments);
  }

  /** Deploys through the gate. */
  Build deploy(String key, String... more) throws Exception {
    List<String> arguments = new ArrayList<>(List.of("-Prelease-gate", "clean", "deploy"));
    arguments.add("-DaltDeploymentRepository=here::" + released.toUri());
    if (!key.isEmpty()) {
      arguments.add("-Dgate.key=" + key(key));
    }
    arguments.addAll(List.of(more));
    return maven(arguments.toArray(String[]::new));
  }

  /** Verifies what is deployed. */
  Build verify(String... more) throws Exception {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "org.tfmot:tfmot-release-gate:" + RealMaven.VERSION + ":verify",
                "-Dgate.coordinates=example:packing:1.0.0",
                "-Dgate.repository=" + released.toUri()));
    arguments.addAll(List.of(more));
    return maven(arguments.toArray(String[]::new));
  }

  /** What is deployed, without checksums and metadata. */
  TreeSet<String> released() throws IOException {
    TreeSet<String> files = new TreeSet<>();
    try (Stream<Path> walk = Files.walk(released)) {
      walk.filter(Files::isRegularFile)
          .map(file -> released.relativize(file).toString().replace('\\', '/'))
          .filter(name -> !name.matches(".*(\\.(md5|sha1)|maven-metadata.*)"))
          .forEach(files::add);
    }
    return files;
  }

  void nothingIsReleased() {
    assertFalse(Files.exists(released), "something was uploaded");
  }

  static void passed(Build build, String... parts) {
    assertTrue(build.passed(), build.toString());
    said(build, parts);
  }

  static void refused(Build build, String... parts) {
    assertFalse(build.passed(), build.toString());
    said(build, parts);
  }

  static void said(Build build, String... parts) {
    for (String part : parts) {
      assertTrue(build.output().contains(part), part + " is not in\n" + build);
    }
  }
}
