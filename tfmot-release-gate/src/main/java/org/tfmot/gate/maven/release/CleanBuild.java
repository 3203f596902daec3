package org.tfmot.gate.maven.release;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.maven.ChildMaven;
import org.tfmot.gate.maven.CommandTree;
import org.tfmot.gate.maven.Git;
import org.tfmot.gate.maven.ReleaseHistory;

/**
 * The commit, built once more from a clone of its own, to see that it gives the very files that are
 * to be released. Old classes, edits that git is told to overlook, properties of the command line
 * and another repository's objects are not in it.
 *
 * @param git the work tree of the build
 * @param maven that builds
 * @param log takes what Maven prints
 * @param history of the repository
 * @param read files that runs could read
 */
record CleanBuild(Git git, ChildMaven maven, Path log, ReleaseHistory history, Set<Path> read) {

  private static final int SHORT = 10;

  /**
   * Builds the head and compares.
   *
   * @param pom of the top project
   * @param profiles that are active, as after {@code -P}
   * @param files that are to be released, by repository name
   * @param tests folder of the test classes; null if there is none
   * @throws IllegalStateException if the commit cannot be built, or a file is not what it builds
   */
  void requireSame(
      Path pom, List<String> profiles, SortedMap<String, Path> files, @Nullable Path tests)
      throws IOException, InterruptedException {
    try (CommitClone clone = CommitClone.of(git, git.head())) {
      CommitFiles committed = new CommitFiles(clone, history);
      committed.requireSame();
      committed.requireCommitted(read);
      build(clone.file(pom), profiles);
      for (Map.Entry<String, Path> file : files.entrySet()) {
        compare(file.getKey(), file.getValue(), clone);
      }
      if (tests != null) {
        compareTests(tests, clone);
      }
    }
  }

  /** Tests are not released, but all evidence is of them. */
  private void compareTests(Path tests, CommitClone clone)
      throws IOException, InterruptedException {
    SortedMap<String, String> own = new CommandTree(tests, Set.of()).digests();
    Path other = clone.file(tests);
    SortedMap<String, String> again =
        Files.isDirectory(other)
            ? new CommandTree(other, Set.of()).digests()
            : new TreeMap<String, String>();
    if (!own.equals(again)) {
      TreeSet<String> different = new TreeSet<>(own.keySet());
      different.addAll(again.keySet());
      different.removeIf(name -> Objects.equals(own.get(name), again.get(name)));
      throw new IllegalStateException(
          ("not attested: %s among the test classes is not what commit %s builds; it was made from"
                  + " sources that are in no commit, or before them (mvn clean, then again)")
              .formatted(different.first(), commit()));
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

  private void compare(String name, Path file, CommitClone clone)
      throws IOException, InterruptedException {
    Path again = clone.isOfTheRepository(file) ? clone.file(file) : null;
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
