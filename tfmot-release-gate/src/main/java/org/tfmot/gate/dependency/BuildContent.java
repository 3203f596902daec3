package org.tfmot.gate.dependency;

import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/** Content of the class path that runs see: of the jars under test, class by class. */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public final class BuildContent {

  /** Classifier of the classes of tests, which no release has under that name. */
  public static final String TEST_CLASSES = "test-classes";

  private final List<JarContent> jars;
  private final Map<Path, JarContent> places;
  private final Set<Path> others;

  private BuildContent(List<JarContent> jars, Map<Path, JarContent> places, Set<Path> others) {
    this.jars = List.copyOf(jars);
    this.places = Map.copyOf(places);
    this.others = Set.copyOf(others);
  }

  /**
   * A file of a class path.
   *
   * @param name {@code groupId:artifactId}, with {@code :classifier} if there is one
   * @param underTest whether it is of this build; others are locked as they are
   */
  public record Place(String name, Path file, boolean underTest) {}

  /**
   * Reads a class path.
   *
   * @param classPath in its order
   * @throws IOException if a jar under test cannot be read
   */
  public static BuildContent of(List<Place> classPath) throws IOException {
    List<JarContent> jars = new ArrayList<>();
    Map<Path, JarContent> places = new HashMap<>();
    Set<Path> others = new HashSet<>();
    for (Place place : classPath) {
      Path file = place.file().toAbsolutePath().normalize();
      if (place.underTest()) {
        JarContent jar = JarContent.read(place.name(), file);
        jars.add(jar);
        places.put(file, jar);
      } else {
        others.add(file);
      }
    }
    return new BuildContent(jars, places, others);
  }

  /** Returns the jars with some names, in their order, and no others. */
  BuildContent arranged(List<String> names) {
    List<JarContent> found = new ArrayList<>();
    for (String name : names) {
      JarContent jar = jar(name);
      if (jar != null) {
        found.add(jar);
      }
    }
    return new BuildContent(found, places, others);
  }

  /** Returns the jars under test, in the order of the class path. */
  List<JarContent> jars() {
    return jars;
  }

  /** Returns the jar with that name; null if there is none. */
  @Nullable JarContent jar(String name) {
    return jars.stream().filter(jar -> jar.name().equals(name)).findFirst().orElse(null);
  }

  /** Returns the first jar under test that has a class; null if none has. */
  @Nullable JarContent first(String className) {
    return jars.stream()
        .filter(jar -> jar.classes().containsKey(className))
        .findFirst()
        .orElse(null);
  }

  /** Returns the jar under test that a JVM names as the source of a class; null if it is none. */
  @Nullable JarContent at(String source) {
    Path file = path(source);
    return file == null ? null : places.get(file);
  }

  /** Returns whether a JVM names a locked jar as the source of a class. */
  boolean isLocked(String source) {
    Path file = path(source);
    return file != null && others.contains(file);
  }

  private static @Nullable Path path(String source) {
    try {
      Path file = source.startsWith("file:") ? Path.of(URI.create(source)) : Path.of(source);
      return file.toAbsolutePath().normalize();
    } catch (IllegalArgumentException | FileSystemNotFoundException e) {
      return null; // No file.
    }
  }
}
