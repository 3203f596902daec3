package org.tfmot.gate.dependency;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.claim.Descriptors;
import org.tfmot.gate.json.Digest;

/**
 * Dependencies of a run on the jars under test. While none of them is changed, the run with its
 * seed would be the same again.
 *
 * <p>A run depends on each class that its JVM loaded, on every resource, and on what was not there:
 * a class that it looked for and did not find, or one that would hide a class of a locked jar or of
 * a jar further back on the class path. Where that is not known it depends on whole files.
 *
 * <p>Not noticed are a class file that is read as data, and not loaded, a change of line numbers
 * (see {@link ClassDigest}), and a file that another program reads.
 *
 * @param whole why it depends on whole files; null if it does not
 * @param files the whole files by name; empty if it depends on what was loaded
 * @param jars the jars under test, in the order of the class path
 * @param packages those of locked jars of which a class was loaded
 * @param beside classes under test in such packages, as they were
 * @param missing names of classes that were looked for and not found
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public record Dependencies(
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String whole,
    SortedMap<String, Digest> files,
    List<Jar> jars,
    SortedSet<String> packages,
    SortedSet<String> beside,
    SortedSet<String> missing) {

  /**
   * Part of a jar under test that a run depends on.
   *
   * @param name as in {@link BuildContent.Place}
   * @param classes that were loaded from it
   * @param resources every one that the run could read
   * @param techniques those whose descriptors count, too: the technique of the test's claims
   */
  public record Jar(
      String name,
      SortedMap<String, Digest> classes,
      SortedMap<String, Digest> resources,
      SortedMap<String, Digest> techniques) {

    /** Copies the maps. */
    public Jar {
      classes = copy(classes);
      resources = copy(resources);
      techniques = copy(techniques);
    }
  }

  /** Copies the collections. */
  public Dependencies {
    files = copy(files);
    jars = List.copyOf(jars);
    packages = copy(packages);
    beside = copy(beside);
    missing = copy(missing);
  }

  private static SortedMap<String, Digest> copy(SortedMap<String, Digest> map) {
    return Collections.unmodifiableSortedMap(new TreeMap<>(map));
  }

  private static SortedSet<String> copy(SortedSet<String> set) {
    return Collections.unmodifiableSortedSet(new TreeSet<>(set));
  }

  /**
   * Returns the dependency on whole files.
   *
   * @param reason why no less is known
   */
  public static Dependencies onFiles(SortedMap<String, Digest> files, String reason) {
    return new Dependencies(
        reason, files, List.of(), new TreeSet<>(), new TreeSet<>(), new TreeSet<>());
  }

  /**
   * Returns what a run depended on.
   *
   * @param loaded by its JVM
   * @param build that it was a run of
   * @param techniques those that its claims are of
   * @param files that it depends on if it is not known what it loaded
   */
  public static Dependencies of(
      LoadedClasses loaded,
      BuildContent build,
      Set<String> techniques,
      SortedMap<String, Digest> files) {
    String defect = loaded.defect();
    if (defect != null) {
      return onFiles(files, defect);
    }
    Map<String, SortedMap<String, Digest>> classes = new TreeMap<>();
    SortedSet<String> packages = new TreeSet<>();
    for (Map.Entry<String, SortedSet<String>> entry : loaded.sources().entrySet()) {
      String name = entry.getKey();
      for (String source : entry.getValue()) {
        Origin origin = Origin.of(name, source, build);
        if (origin.kind() == Origin.Kind.UNKNOWN) {
          return onFiles(files, "it loaded %s from %s".formatted(name, source));
        }
        if (origin.kind() == Origin.Kind.LOCKED) {
          packages.add(packageOf(name));
        }
        JarContent jar = origin.jar();
        Digest digest = jar == null ? null : jar.classes().get(name);
        if (jar != null && digest != null) {
          classes.computeIfAbsent(jar.name(), j -> new TreeMap<>()).put(name, digest);
        }
      }
    }
    boolean allDescriptors = loaded.sources().containsKey(Descriptors.class.getName());
    List<Jar> jars = new ArrayList<>();
    for (JarContent jar : build.jars()) {
      SortedMap<String, Digest> descriptors = new TreeMap<>(jar.descriptors());
      descriptors.keySet().removeIf(t -> !allDescriptors && !techniques.contains(t));
      jars.add(
          new Jar(
              jar.name(),
              classes.getOrDefault(jar.name(), new TreeMap<>()),
              jar.resources(),
              descriptors));
    }
    SortedSet<String> missing = new TreeSet<>(loaded.missing());
    missing.removeIf(name -> build.first(name) != null);
    return new Dependencies(null, new TreeMap<>(), jars, packages, in(packages, build), missing);
  }

  private static SortedSet<String> in(Set<String> packages, BuildContent build) {
    SortedSet<String> names = new TreeSet<>();
    for (JarContent jar : build.jars()) {
      jar.classes().keySet().stream()
          .filter(name -> packages.contains(packageOf(name)))
          .forEach(names::add);
    }
    return names;
  }

  private static String packageOf(String className) {
    return className.substring(0, Math.max(0, className.lastIndexOf('.')));
  }

  /** Returns whether a release has a jar under test: it has none of the classes of tests. */
  private static boolean isReleased(Jar jar) {
    return !jar.name().endsWith(":" + BuildContent.TEST_CLASSES);
  }

  /** Returns the jars that no release has. */
  public List<Jar> unreleased() {
    return jars.stream().filter(jar -> !isReleased(jar)).toList();
  }

  /**
   * Returns what is not in released jars as it was, in a few words each.
   *
   * @param released the jars of a release, in any order
   * @param present whole files of the release, those that the run depended on among them
   */
  public List<String> changesIn(BuildContent released, SortedMap<String, Digest> present) {
    SortedMap<String, Digest> own = new TreeMap<>(present);
    own.keySet().retainAll(files.keySet());
    List<Jar> kept = jars.stream().filter(Dependencies::isReleased).toList();
    return new Dependencies(whole, files, kept, packages, beside, missing)
        .changes(released.arranged(kept.stream().map(Jar::name).toList()), own);
  }

  /** Returns the digest of all of it. */
  public Digest digest() {
    return Digest.ofJson(this);
  }

  /**
   * Returns what is not as it was, in a few words each; empty if the run would be the same.
   *
   * @param build the present one
   * @param present the whole files of the present build
   */
  public List<String> changes(BuildContent build, SortedMap<String, Digest> present) {
    return whole == null
        ? new DependencyChanges(this, build).all()
        : DependencyChanges.ofFiles(this, present);
  }
}
