package org.tfmot.gate.maven;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.tfmot.gate.json.Digest;

/**
 * The commit, built once more from a clone of its own, to see that it gives the very files that are
 * to be released. Old classes, edits that git is told to overlook, properties of the command line
 * and another repository's objects are not in it.
 *
 * @param git the work tree of the build
 * @param maven that builds
 * @param log takes what Maven prints
 */
record CleanBuild(Git git, ChildMaven maven, Path log) {

  private static final int SHORT = 10;

  /**
   * Builds the head and compares.
   *
   * @param pom of the top project
   * @param profiles that are active, as after {@code -P}
   * @param files that are to be released, by repository name
   * @throws IllegalStateException if the commit cannot be built, or a file is not what it builds
   */
  void requireSame(Path pom, List<String> profiles, SortedMap<String, Path> files)
      throws IOException, InterruptedException {
    Path tree = Files.createTempDirectory("gate-clean-build").toRealPath();
    try {
      Path root = git.root().toRealPath();
      // A clone takes neither hooks nor attributes, filters and replaced objects of this one.
      git.ask("clone", "-q", "--no-checkout", root.toString(), tree.toString());
      new Git(tree).ask("-c", "core.hooksPath=" + tree, "checkout", "-q", "--detach", git.head());
      build(tree.resolve(root.relativize(pom.toRealPath())), profiles);
      for (Map.Entry<String, Path> file : files.entrySet()) {
        compare(file.getKey(), file.getValue(), root, tree);
      }
    } finally {
      MoreFiles.deleteRecursively(tree, RecursiveDeleteOption.ALLOW_INSECURE);
    }
  }

  private void build(Path pom, List<String> profiles) throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>(List.of("package", "-DskipTests", "-DskipITs"));
    if (!profiles.isEmpty()) {
      arguments.add("-P" + String.join(",", profiles));
    }
    Files.createDirectories(log.toAbsolutePath().getParent());
    ChildMaven.Exit exit = maven.run(pom, arguments, log);
    if (!exit.success()) {
      throw new IllegalStateException(
          "not attested: commit %s does not build by itself, without properties of the command line: %s"
              .formatted(commit(), exit.detail()));
    }
  }

  private void compare(String name, Path released, Path root, Path tree)
      throws IOException, InterruptedException {
    Path file = released.toRealPath();
    Path again = file.startsWith(root) ? tree.resolve(root.relativize(file)) : null;
    if (again == null || !Files.isRegularFile(again)) {
      throw new IllegalStateException(
          "not attested: %s is not made by a build of commit %s up to the phase package"
              .formatted(name, commit()));
    }
    if (!Digest.of(file).equals(Digest.of(again))) {
      throw new IllegalStateException(
          ("not attested: %s is not what commit %s builds. It was made from other sources, old"
                  + " classes or properties of the command line (mvn clean, then again); or two"
                  + " builds differ in their times: set project.build.outputTimestamp")
              .formatted(name, commit()));
    }
  }

  private String commit() throws IOException, InterruptedException {
    return git.head().substring(0, SHORT);
  }
}
