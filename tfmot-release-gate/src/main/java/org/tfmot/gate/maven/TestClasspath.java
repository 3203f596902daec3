package org.tfmot.gate.maven;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.maven.artifact.Artifact;
import org.apache.maven.project.MavenProject;
import org.apiguardian.api.API;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.run.ConvergenceTest;
import org.tfmot.gate.run.GateLock;
import org.tfmot.gate.run.LockedArtifact;

/**
 * Class path of convergence tests: the packaged module, its tests if they are part of it, and its
 * dependencies as Maven resolved them.
 *
 * @param lock all of it
 * @param files in the same order
 * @param tests the jar with the tests
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public record TestClasspath(GateLock lock, List<Path> files, Path tests) {

  private static final String RUNTIME = "runtime";
  private static final Set<String> RUNTIME_SCOPES = Set.of(Artifact.SCOPE_COMPILE, RUNTIME);
  private static final String ANNOTATION =
      ConvergenceTest.class.getName().replace('.', '/') + ".class";

  public TestClasspath {
    files = List.copyOf(files);
  }

  /**
   * The class path of a module whose dependencies are resolved.
   *
   * @param scope {@code test}: with the module's test classes; {@code runtime}: its convergence
   *     tests are among its main classes
   * @param output the folder for a jar of the test classes
   */
  static TestClasspath of(MavenProject project, String scope, Path output) throws IOException {
    boolean runtime = scope.equals(RUNTIME);
    if (!runtime && !scope.equals(Artifact.SCOPE_TEST)) {
      throw new IllegalArgumentException(
          "the scope of the convergence tests is \"%s\": test or runtime".formatted(scope));
    }
    TestClasspath.Builder builder = new Builder();
    Path main = Reactor.jar(project);
    Path tests = main;
    if (!runtime) {
      tests = output.resolve("tests.jar");
      jar(Path.of(project.getBuild().getTestOutputDirectory()), tests);
      builder.add(project.getArtifact(), "tests", tests);
    }
    builder.add(project.getArtifact(), "", main);
    for (Artifact artifact : project.getArtifacts()) {
      if (!runtime || RUNTIME_SCOPES.contains(artifact.getScope())) {
        builder.add(artifact);
      }
    }
    return new TestClasspath(new GateLock(builder.locked), builder.files, tests);
  }

  /** Returns whether the tests are a jar of their own, which no release has. */
  boolean hasTestClasses() {
    return !tests.equals(files.get(0)) || !lock.artifacts().get(0).classifier().isEmpty();
  }

  /** Returns whether the annotation is there, without which no class can be a convergence test. */
  boolean canHoldTests() throws IOException {
    for (Path file : files) {
      if (file.toString().endsWith(".jar")) {
        try (JarFile jar = new JarFile(file.toFile())) {
          if (jar.getEntry(ANNOTATION) != null) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private static final class Builder {
    private final List<LockedArtifact> locked = new ArrayList<>();
    private final List<Path> files = new ArrayList<>();

    void add(Artifact artifact) throws IOException {
      File file = artifact.getFile();
      if (file == null || !file.isFile()) {
        throw new IllegalStateException(
            "%s is %s, not a jar: the gate is about jars, name the phase package or a later one"
                .formatted(artifact, file));
      }
      String classifier = artifact.getClassifier();
      add(artifact, classifier == null ? "" : classifier, file.toPath());
    }

    void add(Artifact artifact, String classifier, Path file) throws IOException {
      String repository =
          artifact.getRepository() == null ? "local" : artifact.getRepository().getId();
      locked.add(
          new LockedArtifact(
              artifact.getGroupId(),
              artifact.getArtifactId(),
              artifact.getArtifactHandler().getExtension(),
              classifier,
              artifact.getVersion(),
              Digest.of(file),
              repository));
      files.add(file);
    }
  }

  /** Equal classes make an equal jar: sorted, without times. */
  private static void jar(Path classes, Path file) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      if (!Files.isDirectory(classes)) {
        return;
      }
      List<Path> entries;
      try (Stream<Path> walk = Files.walk(classes)) {
        entries = walk.filter(Files::isRegularFile).sorted().toList();
      }
      for (Path entry : entries) {
        ZipEntry name =
            new ZipEntry(classes.relativize(entry).toString().replace(File.separatorChar, '/'));
        name.setTimeLocal(LocalDateTime.of(1980, 2, 1, 0, 0));
        zip.putNextEntry(name);
        Files.copy(entry, zip);
        zip.closeEntry();
      }
    }
  }
}
