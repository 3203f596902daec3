package org.tfmot.gate.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On a repository of files, laid out as Maven does. */
class ClasspathResolverTest {

  @TempDir Path folder;

  private Path repository;
  private ClasspathResolver resolver;

  @BeforeEach
  void makeRepository() throws IOException {
    repository = folder.resolve("remote");
    put("engine", "1.0", "");
    put("engine", "1.1", "");
    put("engine", "2.0-SNAPSHOT", "");
    put("technique", "0.1", dependency("engine", "1.0"));
    write(
        repository.resolve("org/example/engine/maven-metadata.xml"),
        """
        <metadata><groupId>org.example</groupId><artifactId>engine</artifactId><versioning>
        <versions><version>1.0</version><version>1.1</version><version>2.0-SNAPSHOT</version></versions>
        </versioning></metadata>
        """);
    resolver =
        new ClasspathResolver(
            folder.resolve("local"),
            List.of(new ClasspathResolver.Repository("files", repository.toUri())));
  }

  @AfterEach
  void close() {
    resolver.close();
  }

  @Test
  void resolve_findsWhatADependencyNeeds_andLocksEachFile() throws IOException {
    ClasspathResolver.Classpath path =
        resolver.resolve(List.of("org.example:technique:0.1"), Map.of());
    assertEquals(
        List.of("org.example:technique:0.1", "org.example:engine:1.0"),
        path.lock().artifacts().stream().map(LockedArtifact::coordinates).toList());
    assertEquals("engine 1.0", Files.readString(path.files().get(1)));
    assertEquals(
        List.of(),
        path.lock()
            .differences(
                Map.of(
                    "org.example:technique:0.1", path.files().get(0),
                    "org.example:engine:1.0", path.files().get(1))));
  }

  @Test
  void resolve_withAnOverride_takesTheOtherVersion_ofADependencyAndOfARoot() throws IOException {
    Map<String, String> newer = Map.of("org.example:engine", "1.1");
    for (List<String> roots :
        List.of(List.of("org.example:technique:0.1"), List.of("org.example:engine:1.0"))) {
      List<LockedArtifact> artifacts = resolver.resolve(roots, newer).lock().artifacts();
      assertEquals("org.example:engine:1.1", artifacts.get(artifacts.size() - 1).coordinates());
    }
  }

  @Test
  void resolve_ofWhatIsNotThere_namesIt() {
    IOException e =
        assertThrows(
            IOException.class,
            () -> resolver.resolve(List.of("org.example:technique:9.9"), Map.of()));
    assertTrue(String.valueOf(e.getMessage()).contains("technique:jar:9.9"), e.getMessage());
  }

  @Test
  void resolve_ofADamagedFile_isRefused() throws IOException {
    Path jar = repository.resolve("org/example/engine/1.0/engine-1.0.jar");
    Files.writeString(jar, "engine 1.0 and something else");
    assertThrows(
        IOException.class, () -> resolver.resolve(List.of("org.example:engine:1.0"), Map.of()));
  }

  @Test
  void resolve_ofASnapshotWithoutATimeStamp_isRefused() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> resolver.resolve(List.of("org.example:engine:2.0-SNAPSHOT"), Map.of()));
    assertTrue(String.valueOf(e.getMessage()).contains("without a time stamp"), e.getMessage());
  }

  @Test
  void releases_areThoseOfTheRepository_withoutSnapshots() throws IOException {
    assertEquals(List.of("1.0", "1.1"), resolver.releases("org.example:engine"));
    assertThrows(IOException.class, () -> resolver.releases("org.example:unheard-of"));
  }

  private void put(String artifact, String version, String dependencies) throws IOException {
    Path to = repository.resolve("org/example").resolve(artifact).resolve(version);
    Files.createDirectories(to);
    write(
        to.resolve("%s-%s.pom".formatted(artifact, version)),
        """
        <project><modelVersion>4.0.0</modelVersion><groupId>org.example</groupId>
        <artifactId>%s</artifactId><version>%s</version><dependencies>%s</dependencies></project>
        """
            .formatted(artifact, version, dependencies));
    write(to.resolve("%s-%s.jar".formatted(artifact, version)), artifact + " " + version);
  }

  private static String dependency(String artifact, String version) {
    return "<dependency><groupId>org.example</groupId><artifactId>%s</artifactId><version>%s</version></dependency>"
        .formatted(artifact, version);
  }

  @SuppressWarnings("deprecation") // Maven's checksum files are SHA-1.
  private static void write(Path file, String text) throws IOException {
    Files.writeString(file, text);
    Path sum = file.resolveSibling(file.getFileName() + ".sha1");
    Files.writeString(
        sum,
        MoreFiles.asByteSource(file).hash(Hashing.sha1()).toString(),
        StandardCharsets.US_ASCII);
  }
}
