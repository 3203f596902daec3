package org.tfmot.gate.maven.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tfmot.gate.maven.Refusals.assertRefused;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.eclipse.aether.RepositorySystem;
import org.eclipse.aether.RepositorySystemSession.CloseableSession;
import org.eclipse.aether.repository.RemoteRepository;
import org.eclipse.aether.supplier.RepositorySystemSupplier;
import org.eclipse.aether.supplier.SessionBuilderSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.maven.ChildMaven;
import org.tfmot.gate.process.BumpResult;
import org.tfmot.gate.process.BumpTrial;
import org.tfmot.gate.process.MinimumVersionBump;

/** On a repository of files, with a script in place of Maven that looks into the POM. */
@DisabledOnOs(OS.WINDOWS)
class MavenBumpTrialTest {

  private static final String LIB = "org.example:engine";
  private static final String POM =
      """
      <project>
        <dependencies>
          <dependency><groupId>org.example</groupId><artifactId>engine</artifactId>
            <version>[1.0.0,3.0.0)</version></dependency>
        </dependencies>
      </project>
      """;

  @TempDir Path folder;
  private RepositorySystem system;
  private CloseableSession session;
  private Path consumer;

  @BeforeEach
  void makeWorld() throws IOException {
    system = new RepositorySystemSupplier().get();
    session =
        new SessionBuilderSupplier(system)
            .get()
            .withLocalRepositoryBaseDirectories(folder.resolve("local"))
            .build();
    for (String version : List.of("1.0.0", "1.1.0", "1.2.0", "3.0.0")) {
      write(
          "remote/org/example/engine/%1$s/engine-%1$s.pom".formatted(version),
          "<project><modelVersion>4.0.0</modelVersion><groupId>org.example</groupId>"
              + "<artifactId>engine</artifactId><version>%s</version></project>"
                  .formatted(version));
    }
    write(
        "remote/org/example/engine/maven-metadata.xml",
        "<metadata><groupId>org.example</groupId><artifactId>engine</artifactId><versioning>"
            + "<versions><version>1.0.0</version><version>1.1.0</version><version>1.2.0</version>"
            + "<version>1.3.0-SNAPSHOT</version><version>3.0.0</version></versions>"
            + "</versioning></metadata>");
    consumer = write("consumer/pom.xml", POM).resolveSibling("");
    write("consumer/src/example.txt", "the example");
    write("consumer/target/old.txt", "built before");
    write("consumer/.git/HEAD", "history");
    // Holds on 1.1.0 and later; prints what it was told.
    script(
        """
        #!/bin/sh
        echo "$@"
        test -f src/example.txt || exit 3
        test -e target -o -e .git && exit 4
        case "$*" in *slow*) sleep 60;; esac
        if grep -q '<version>1.0.0<' pom.xml; then echo '[ERROR] No such method: fast'; exit 1; fi
        """);
  }

  @AfterEach
  void close() {
    session.close();
    system.shutdown();
  }

  private Path write(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.resolveSibling(""));
    return Files.writeString(file, text);
  }

  private void script(String text) throws IOException {
    Path file = write("home/bin/mvn", text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
  }

  private RemoteVersions versions(String repository) {
    return new RemoteVersions(
        system,
        session,
        List.of(new RemoteRepository.Builder("files", "default", repository).build()));
  }

  private MavenBumpTrial trial(MinimumVersionBump bump, List<String> example, Duration limit) {
    return new MavenBumpTrial(
        versions(folder.resolve("remote").toUri().toString()),
        new ChildMaven(folder.resolve("home"), List.of("-B"), limit, false, true),
        consumer,
        consumer.resolve("pom.xml"),
        bump::pinned,
        example,
        folder.resolve("out"));
  }

  private MavenBumpTrial trial(String... example) throws IOException {
    MinimumVersionBump bump = MinimumVersionBump.of(consumer.resolve("pom.xml"), LIB, "1.1.0");
    return trial(bump, List.of(example), Duration.ofMinutes(1));
  }

  @Test
  void run_pinsTheVersionInACopy_andNowhereElse() throws IOException {
    BumpTrial.Outcome outcome = trial("verify", "-Dengine={version}").run(LIB, "1.2.0");
    assertEquals(BumpTrial.Result.EXAMPLE_PASSED, outcome.result(), outcome.detail());
    Path copy = folder.resolve("out/1.2.0");
    assertEquals(POM.replace("[1.0.0,3.0.0)", "1.2.0"), Files.readString(copy.resolve("pom.xml")));
    assertEquals(POM, Files.readString(consumer.resolve("pom.xml")));
    assertFalse(Files.exists(copy.resolve("target")));
    assertEquals(
        "-B -f %s verify -Dengine=1.2.0".formatted(copy.resolve("pom.xml")),
        Files.readString(folder.resolve("out/1.2.0.log")).strip());
  }

  @Test
  void run_exampleThatFails_saysWhy() throws IOException {
    BumpTrial.Outcome outcome = trial("verify").run(LIB, "1.0.0");
    assertEquals(BumpTrial.Result.EXAMPLE_FAILED, outcome.result());
    assertTrue(outcome.detail().startsWith("No such method: fast (exit code 1"), outcome.detail());
  }

  @Test
  void run_exampleThatDoesNotEnd_isStopped() throws IOException {
    MinimumVersionBump bump = MinimumVersionBump.of(consumer.resolve("pom.xml"), LIB, "1.1.0");
    long start = System.nanoTime();
    BumpTrial.Outcome outcome =
        trial(bump, List.of("slow"), Duration.ofSeconds(1)).run(LIB, "1.1.0");
    assertEquals(BumpTrial.Result.EXAMPLE_FAILED, outcome.result());
    assertTrue(outcome.detail().startsWith("it had not ended"), outcome.detail());
    assertTrue(System.nanoTime() - start < 30e9);
  }

  @Test
  void run_versionThatIsNotThere_isNotResolved() throws IOException {
    BumpTrial.Outcome outcome = trial("verify").run(LIB, "2.0.0");
    assertEquals(BumpTrial.Result.NOT_RESOLVED, outcome.result());
    assertTrue(outcome.detail().contains("engine:pom:2.0.0"), outcome.detail());
    assertFalse(Files.exists(folder.resolve("out")));
  }

  @Test
  void available_isWhatTheRepositoryLists() throws IOException {
    assertEquals(
        List.of("1.0.0", "1.1.0", "1.2.0", "1.3.0-SNAPSHOT", "3.0.0"),
        trial("verify").available(LIB));
  }

  @Test
  void available_repositoryThatDoesNotAnswer_isAnError() {
    RemoteVersions versions = versions("http://localhost:1/");
    assertThrows(IOException.class, () -> versions.all(LIB));
    assertThrows(IOException.class, () -> versions.problem(LIB, "1.0.0"));
  }

  @Test
  void bump_withThisTrial_goesToTheNewestInRange() throws IOException {
    MinimumVersionBump bump = MinimumVersionBump.of(consumer.resolve("pom.xml"), LIB, "1.1.0");
    BumpResult result = bump.run(trial(bump, List.of("verify"), Duration.ofMinutes(1)));
    assertEquals("1.2.0", result.newest());
    assertTrue(result.needed());
    assertEquals(
        POM.replace("[1.0.0,3.0.0)", "[1.1.0,3.0.0)"),
        Files.readString(consumer.resolve("pom.xml")));
  }

  @Test
  void make_pomOutsideOfTheConsumer_isRefused() {
    assertRefused(
        () ->
            ConsumerCopy.make(
                folder.resolve("remote"),
                consumer.resolve("pom.xml"),
                new byte[0],
                folder.resolve("out/1")),
        "is not in the consumer's folder");
  }

  @Test
  void trial_withoutAGoal_isRefused() {
    assertRefused(() -> trial(), "the example has no goal");
  }
}
