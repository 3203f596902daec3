package org.tfmot.gate.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
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
import org.tfmot.gate.json.InvalidJsonException;

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
                    "com.google.guava", "guava", "jar", "", "33.0", Digest.of(jar), "central")));
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
                    "com.google.guava", "guava", "jar", "", "33.0", Digest.of(jar), "central")));
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

  @Test
  void digest_dependsOnFilesAndTheirOrder_butNotOnTheMirror() {
    LockedArtifact a = lock.artifacts().get(0);
    LockedArtifact b = locked("jar", "linux", a.digest(), "central");
    LockedArtifact mirrored = locked("jar", "linux", a.digest(), "mirror");
    GateLock both = new GateLock(List.of(a, b));
    assertEquals(both.digest(), new GateLock(List.of(a, mirrored)).digest());
    assertNotEquals(both, new GateLock(List.of(a, mirrored)));
    assertNotEquals(both.digest(), new GateLock(List.of(b, a)).digest());
    assertNotEquals(both.digest(), lock.digest());
  }

  @Test
  void filesThatDifferInTheirExtensionAlone_areNotMixedUp() throws IOException {
    Path zip = Files.writeString(folder.resolve("guava.zip"), "data");
    GateLock both =
        new GateLock(
            List.of(lock.artifacts().get(0), locked("zip", "", Digest.of(zip), "central")));
    assertEquals(
        List.of(),
        both.differences(
            Map.of("com.google.guava:guava:33.0", jar, "com.google.guava:guava:zip:33.0", zip)));
  }

  @Test
  void lockedFileThatWasDeleted_isNamed() throws IOException {
    Files.delete(jar);
    assertEquals(
        List.of("com.google.guava:guava:33.0 is locked and not there"),
        lock.differences(Map.of("com.google.guava:guava:33.0", jar)));
  }

  @Test
  void lockWithAnUnknownKey_isRefused() throws IOException {
    Path file = folder.resolve("gate.lock");
    Files.writeString(file, "{\"artifacts\": [], \"trusted\": true}");
    assertThrows(InvalidJsonException.class, () -> GateLock.read(file));
  }

  private static LockedArtifact locked(
      String extension, String classifier, Digest digest, String repository) {
    return new LockedArtifact(
        "com.google.guava", "guava", extension, classifier, "33.0", digest, repository);
  }
}
