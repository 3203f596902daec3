package org.tfmot.gate.maven;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.dependency.BuildContent;
import org.tfmot.gate.engine.PresentBuild;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.run.LockedArtifact;
import org.tfmot.gate.run.OwnJava;

/**
 * Conditions of every run of a build, and the classes of its jars.
 *
 * @param classpath of the convergence tests
 * @param modules {@code groupId:artifactId} of the modules of this build; other jars are locked
 * @param jvmOptions options of the JVM of each run
 * @param environment variables that runs see by name
 */
record BuildConditions(
    TestClasspath classpath,
    Set<String> modules,
    List<String> jvmOptions,
    Map<String, String> environment) {

  PresentBuild build() throws IOException {
    SortedMap<String, Digest> conditions = new TreeMap<>();
    conditions.put("locked jars", lockedJars());
    conditions.put("jdk", jdk(OwnJava.home()));
    conditions.put("jvm options", options());
    conditions.put("environment variables", Digest.ofJson(new TreeMap<>(environment)));
    return new PresentBuild(BuildContent.of(places()), conditions);
  }

  private List<BuildContent.Place> places() {
    List<BuildContent.Place> places = new ArrayList<>();
    List<LockedArtifact> artifacts = classpath.lock().artifacts();
    for (int i = 0; i < artifacts.size(); i++) {
      Path file = classpath.files().get(i);
      places.add(
          new BuildContent.Place(name(artifacts.get(i), file), file, isModule(artifacts.get(i))));
    }
    return places;
  }

  private boolean isModule(LockedArtifact artifact) {
    return modules.contains(artifact.groupId() + ":" + artifact.artifactId());
  }

  /** Names what changes with the build without its version and digest. */
  private String name(LockedArtifact artifact, Path file) {
    String name = artifact.groupId() + ":" + artifact.artifactId();
    if (classpath.hasTestClasses() && file.equals(classpath.tests())) {
      return name + ":" + BuildContent.TEST_CLASSES;
    }
    return artifact.classifier().isEmpty() ? name : name + ":" + artifact.classifier();
  }

  /** Digests the order of all jars, and the jars that are not of this build. */
  private Digest lockedJars() {
    List<List<String>> jars = new ArrayList<>();
    List<LockedArtifact> artifacts = classpath.lock().artifacts();
    for (int i = 0; i < artifacts.size(); i++) {
      LockedArtifact artifact = artifacts.get(i);
      jars.add(
          isModule(artifact)
              ? List.of(name(artifact, classpath.files().get(i)))
              : List.of(artifact.coordinates(), artifact.digest().value()));
    }
    return Digest.ofJson(jars);
  }

  /** Digests what a JDK says of itself, and how large its classes and its JVM are. */
  static Digest jdk(Path home) throws IOException {
    SortedMap<String, String> parts = new TreeMap<>();
    Path release = home.resolve("release");
    parts.put("release", Files.isRegularFile(release) ? Files.readString(release) : "");
    for (String file : List.of("lib/modules", "lib/server/libjvm.so", "bin/server/jvm.dll")) {
      Path path = home.resolve(file);
      parts.put(file, Files.isRegularFile(path) ? Long.toString(Files.size(path)) : "");
    }
    return Digest.ofJson(parts);
  }

  /** Digests the options, and the files that they name: agents, archives, more options. */
  private Digest options() throws IOException {
    SortedMap<String, String> files = new TreeMap<>();
    for (String option : jvmOptions) {
      for (String word : option.split("[=:,@]", -1)) {
        Path file = file(word);
        if (file != null && Files.isRegularFile(file)) {
          files.put(word, Digest.of(file).value());
        }
      }
    }
    return Digest.ofJson(List.of(jvmOptions, files));
  }

  private static @Nullable Path file(String word) {
    try {
      return word.isEmpty() ? null : Path.of(word);
    } catch (InvalidPathException e) {
      return null;
    }
  }
}
