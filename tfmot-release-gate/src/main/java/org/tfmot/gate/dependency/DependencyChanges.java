package org.tfmot.gate.dependency;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.json.Digest;

/** Comparison of what a run depended on with a build. */
final class DependencyChanges {

  private final Dependencies run;
  private final BuildContent build;
  private final List<String> changes = new ArrayList<>();

  DependencyChanges(Dependencies run, BuildContent build) {
    this.run = run;
    this.build = build;
  }

  static List<String> ofFiles(Dependencies run, SortedMap<String, Digest> present) {
    List<String> changes = new ArrayList<>();
    String because = " (all of it counts: %s)".formatted(run.whole());
    compare("", run.files(), present, because, changes);
    return changes;
  }

  List<String> all() {
    order();
    for (Dependencies.Jar jar : run.jars()) {
      JarContent now = build.jar(jar.name());
      if (now != null) {
        compare(jar, now);
      }
    }
    hidden();
    missing();
    return changes;
  }

  /** The same jars in the same order, so that the same class is the first of its name. */
  private void order() {
    List<String> before = run.jars().stream().map(Dependencies.Jar::name).toList();
    List<String> now = build.jars().stream().map(JarContent::name).toList();
    if (!before.equals(now)) {
      changes.add("the class path has the jars %s, it had %s".formatted(now, before));
    }
  }

  private void compare(Dependencies.Jar before, JarContent now) {
    before
        .classes()
        .forEach(
            (name, digest) -> {
              change("class " + name, digest, now.classes().get(name));
              JarContent first = build.first(name);
              if (first != null && isBefore(first, now)) {
                changes.add("class %s is in %s, too, before it".formatted(name, first.name()));
              }
            });
    String in = " in " + before.name();
    compare("resource ", before.resources(), now.resources(), in, changes);
    before
        .techniques()
        .forEach(
            (technique, digest) ->
                change("descriptor of " + technique, digest, now.descriptors().get(technique)));
  }

  private boolean isBefore(JarContent one, JarContent other) {
    return build.jars().indexOf(one) < build.jars().indexOf(other);
  }

  private void change(String what, Digest before, @Nullable Digest now) {
    if (!before.equals(now)) {
      changes.add(what + (now == null ? " is gone" : " changed"));
    }
  }

  /** A class in a package of a locked jar may be found in its place. */
  private void hidden() {
    for (JarContent jar : build.jars()) {
      for (String name : jar.classes().keySet()) {
        String home = name.substring(0, Math.max(0, name.lastIndexOf('.')));
        if (run.packages().contains(home) && !run.beside().contains(name)) {
          changes.add(
              "class %s is new, in a package of a jar that is not under test".formatted(name));
        }
      }
    }
  }

  private void missing() {
    for (String name : run.missing()) {
      if (build.first(name) != null) {
        changes.add("class %s, which was looked for, is there now".formatted(name));
      }
    }
  }

  private static void compare(
      String what,
      SortedMap<String, Digest> before,
      SortedMap<String, Digest> now,
      String where,
      List<String> changes) {
    TreeSet<String> names = new TreeSet<>(before.keySet());
    names.addAll(now.keySet());
    for (String name : names) {
      if (!Objects.equals(before.get(name), now.get(name))) {
        String how =
            !before.containsKey(name) ? "is new" : now.containsKey(name) ? "changed" : "is gone";
        changes.add(what + name + where + " " + how);
      }
    }
  }
}
