package org.tfmot.gate.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
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
    writeVersions(List.of("1.0", "1.1", "2.0-SNAPSHOT"));
    resolver = resolver("local", repository.toUri());
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
    IOException e =
        assertThrows(
            IOException.class,
            () -> resolver.resolve(List.of("org.example:engine:2.0-SNAPSHOT"), Map.of()));
    assertTrue(String.valueOf(e.getMessage()).contains("without a time stamp"), e.getMessage());
  }

  /** As TensorFlow's native libraries are: same name, a classifier, below a dependency. */
  @Test
  void resolve_withAnOverride_takesTheOtherVersionOfFilesWithAClassifierToo() throws IOException {
    for (String version : List.of("1.0", "1.1")) {
      write(path("engine", version, "-linux.jar"), "engine %s for linux".formatted(version));
    }
    String linux =
        dependency("engine", "1.0")
            .replace("</version>", "</version><classifier>linux</classifier>");
    put("kernels", "0.1", linux);
    put("technique", "0.2", dependency("kernels", "0.1") + dependency("engine", "1.0"));
    List<LockedArtifact> artifacts =
        resolver
            .resolve(List.of("org.example:technique:0.2"), Map.of("org.example:engine", "1.1"))
            .lock()
            .artifacts();
    assertEquals(
        Set.of(
            "org.example:technique:0.2",
            "org.example:kernels:0.1",
            "org.example:engine:1.1",
            "org.example:engine:linux:1.1"),
        artifacts.stream().map(LockedArtifact::coordinates).collect(Collectors.toSet()));
  }

  @Test
  void resolve_leavesOutWhatIsNotThereAtRunTime() throws IOException {
    String engine = dependency("engine", "1.0");
    put(
        "technique",
        "0.3",
        engine.replace("</version>", "</version><scope>test</scope>")
            + dependency("technique", "0.1")
                .replace("</version>", "</version><optional>true</optional>"));
    put("consumer", "1", dependency("technique", "0.3"));
    assertEquals(2, resolver.resolve(List.of("org.example:consumer:1"), Map.of()).files().size());
  }

  @Test
  void lock_saysWhereEachFileCameFrom_alsoWhenItIsThereAlready() throws IOException {
    for (int i = 0; i < 2; i++) {
      GateLock lock = resolver.resolve(List.of("org.example:technique:0.1"), Map.of()).lock();
      assertEquals(
          List.of("files", "files"),
          lock.artifacts().stream().map(LockedArtifact::repository).toList());
    }
  }

  @Test
  void lockedClassPath_isBroughtBack_intoAnEmptyLocalRepository() throws IOException {
    GateLock lock = resolver.resolve(List.of("org.example:technique:0.1"), Map.of()).lock();
    try (ClasspathResolver elsewhere = resolver("elsewhere", repository.toUri())) {
      ClasspathResolver.Classpath again = elsewhere.resolve(lock);
      assertEquals(lock, again.lock());
      assertEquals("technique 0.1", Files.readString(again.files().get(0)));
      assertEquals("engine 1.0", Files.readString(again.files().get(1)));
    }
  }

  @Test
  void lockedFile_thatWasReplacedWithItsCheckSum_isRefused_byName() throws IOException {
    GateLock lock = resolver.resolve(List.of("org.example:technique:0.1"), Map.of()).lock();
    write(path("engine", "1.0", ".jar"), "engine 1.0, improved");
    try (ClasspathResolver elsewhere = resolver("elsewhere", repository.toUri())) {
      IOException e = assertThrows(IOException.class, () -> elsewhere.resolve(lock));
      assertTrue(
          String.valueOf(e.getMessage()).startsWith("org.example:engine:1.0 is not the file"),
          e.getMessage());
    }
  }

  @Test
  void lockedFile_thatIsGone_isRefused_byName() throws IOException {
    GateLock lock = resolver.resolve(List.of("org.example:technique:0.1"), Map.of()).lock();
    Files.delete(path("engine", "1.0", ".jar"));
    try (ClasspathResolver elsewhere = resolver("elsewhere", repository.toUri())) {
      IOException e = assertThrows(IOException.class, () -> elsewhere.resolve(lock));
      assertTrue(String.valueOf(e.getMessage()).contains("engine:jar:1.0"), e.getMessage());
    }
  }

  @Test
  void snapshot_isLockedByItsTimeStamp_theNewestOne() throws IOException {
    putSnapshot(1);
    assertEquals("engine:3.0-20261101.101010-1", nightly(resolver));
    putSnapshot(2);
    assertEquals("engine:3.0-20261102.101010-2", nightly(resolver));
  }

  @Test
  void repositoryThatDoesNotAnswer_isNotTakenForOneWithoutNews() throws IOException {
    putSnapshot(1);
    try (FlakyRepository remote = new FlakyRepository(repository);
        ClasspathResolver overHttp = resolver("cache", remote.uri())) {
      assertEquals("engine:3.0-20261101.101010-1", nightly(overHttp));
      assertEquals(List.of("1.0", "1.1"), overHttp.releases("org.example:engine"));
      remote.fail();
      for (Executable question :
          List.<Executable>of(
              () -> nightly(overHttp), () -> overHttp.releases("org.example:engine"))) {
        IOException e = assertThrows(IOException.class, question);
        assertTrue(String.valueOf(e.getMessage()).contains("did not answer"), e.getMessage());
      }
    }
  }

  @Test
  void coordinatesThatCannotBeRead_areRefused() {
    assertThrows(
        IllegalArgumentException.class, () -> resolver.resolve(List.of("engine"), Map.of()));
  }

  @Test
  void releases_haveNoPreReleases_inMavensOrder() throws IOException {
    List<String> releases =
        List.of(
            "0.9",
            "1.0-jre",
            "1.0.1",
            "1.2.Final",
            "1.9",
            "1.10",
            "2.18.0-1.5.11",
            "33.4.0-android");
    List<String> others =
        List.of(
            "1.0-alpha-1",
            "2.0-beta2",
            "2.0b3",
            "2.0-M1",
            "2.0-RC1",
            "2.0.CR2",
            "2.0-rc.1",
            "2.0-milestone-1",
            "3.0-SNAPSHOT",
            "3.0-ea+5",
            "3.0.0-dev20260101",
            "3-nightly");
    writeVersions(Stream.concat(others.stream(), releases.stream()).toList());
    assertEquals(releases, resolver.releases("org.example:engine"));
  }

  @Test
  void releases_areThoseOfTheRepository_withoutSnapshots() throws IOException {
    assertEquals(List.of("1.0", "1.1"), resolver.releases("org.example:engine"));
    assertThrows(IOException.class, () -> resolver.releases("org.example:unheard-of"));
  }

  private ClasspathResolver resolver(String local, URI remote) {
    return new ClasspathResolver(
        folder.resolve(local), List.of(new ClasspathResolver.Repository("files", remote)));
  }

  private static String nightly(ClasspathResolver resolver) throws IOException {
    List<LockedArtifact> artifacts =
        resolver
            .resolve(
                List.of("org.example:technique:0.1"), Map.of("org.example:engine", "3.0-SNAPSHOT"))
            .lock()
            .artifacts();
    LockedArtifact last = artifacts.get(artifacts.size() - 1);
    return last.artifactId() + ":" + last.version();
  }

  private void putSnapshot(int build) throws IOException {
    String stamp = "2026110%d.101010".formatted(build);
    for (String extension : List.of("jar", "pom")) {
      write(
          path("engine", "3.0-SNAPSHOT", "")
              .resolveSibling("engine-3.0-%s-%d.%s".formatted(stamp, build, extension)),
          extension.equals("pom") ? pom("engine", "3.0-SNAPSHOT", "") : "nightly " + build);
    }
    write(
        path("engine", "3.0-SNAPSHOT", "").resolveSibling("maven-metadata.xml"),
        """
        <metadata modelVersion="1.1.0"><groupId>org.example</groupId><artifactId>engine</artifactId>
        <version>3.0-SNAPSHOT</version><versioning>
        <snapshot><timestamp>%1$s</timestamp><buildNumber>%2$d</buildNumber></snapshot>
        <lastUpdated>2026110%2$d101010</lastUpdated></versioning></metadata>
        """
            .formatted(stamp, build));
  }

  private void writeVersions(List<String> versions) throws IOException {
    write(
        repository.resolve("org/example/engine/maven-metadata.xml"),
        """
        <metadata><groupId>org.example</groupId><artifactId>engine</artifactId><versioning>
        <versions>%s</versions></versioning></metadata>
        """
            .formatted(
                versions.stream()
                    .map("<version>%s</version>"::formatted)
                    .collect(Collectors.joining())));
  }

  private void put(String artifact, String version, String dependencies) throws IOException {
    write(path(artifact, version, ".pom"), pom(artifact, version, dependencies));
    write(path(artifact, version, ".jar"), artifact + " " + version);
  }

  private Path path(String artifact, String version, String end) {
    return repository
        .resolve("org/example")
        .resolve(artifact)
        .resolve(version)
        .resolve(artifact + "-" + version + end);
  }

  private static String pom(String artifact, String version, String dependencies) {
    return """
    <project><modelVersion>4.0.0</modelVersion><groupId>org.example</groupId>
    <artifactId>%s</artifactId><version>%s</version><dependencies>%s</dependencies></project>
    """
        .formatted(artifact, version, dependencies);
  }

  private static String dependency(String artifact, String version) {
    return "<dependency><groupId>org.example</groupId><artifactId>%s</artifactId><version>%s</version></dependency>"
        .formatted(artifact, version);
  }

  @SuppressWarnings("deprecation") // Maven's checksum files are SHA-1.
  private static void write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    Path sum = file.resolveSibling(file.getFileName() + ".sha1");
    Files.writeString(
        sum,
        MoreFiles.asByteSource(file).hash(Hashing.sha1()).toString(),
        StandardCharsets.US_ASCII);
  }
}
