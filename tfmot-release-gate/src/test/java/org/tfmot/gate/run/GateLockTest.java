package org.tfmot.gate.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.json.Digest;

class GateLockTest {

  @TempDir Path folder;

  private Path jar;
  private GateLock lock;

  @BeforeEach
  void lockOneJar() throws IOException {
    jar = folder.resolve("guava.jar");
    Files.writeString(jar, "classes");
    lock =
        new GateLock(
            List.of(
                new LockedArtifact(
                    "com.google.guava", "guava", "jar", "", "33.0", Digest.of(jar))));
  }

  @Test
  void lock_survivesItsFile() throws IOException {
    Path file = folder.resolve("gate.lock");
    lock.write(file);
    assertEquals(lock, GateLock.read(file));
    assertEquals(lock.digest(), GateLock.read(file).digest());
  }

  @Test
  void sameFiles_haveNoDifferences() throws IOException {
    assertEquals(List.of(), lock.differences(Map.of("com.google.guava:guava:33.0", jar)));
  }

  @Test
  void changedByte_isFound() throws IOException {
    Digest before = lock.digest();
    Files.writeString(jar, "classeS");
    List<String> differences = lock.differences(Map.of("com.google.guava:guava:33.0", jar));
    assertEquals(1, differences.size());
    assertTrue(differences.get(0).startsWith("com.google.guava:guava:33.0 is not the file"));
    GateLock changed =
        new GateLock(
            List.of(
                new LockedArtifact(
                    "com.google.guava", "guava", "jar", "", "33.0", Digest.of(jar))));
    assertNotEquals(before, changed.digest());
  }

  @Test
  void missingAndAdditionalFiles_areNamed() throws IOException {
    assertEquals(
        List.of(
            "com.google.guava:guava:33.0 is locked and not there",
            "org.evil:agent:linux:1 (%s) is not in the lock".formatted(jar)),
        lock.differences(Map.of("org.evil:agent:linux:1", jar)));
  }
}
