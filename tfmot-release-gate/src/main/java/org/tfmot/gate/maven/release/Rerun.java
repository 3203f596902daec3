package org.tfmot.gate.maven.release;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.dependency.DependencyStore;
import org.tfmot.gate.maven.ChildMaven;
import org.tfmot.gate.maven.Git;

/**
 * Recorded runs of a release, made again: the released commit is built in a clone, and {@code
 * replay} draws some runs of the released ledger there.
 *
 * @param git the repository that has the commit
 * @param maven that builds
 * @param log takes what Maven prints
 */
record Rerun(Git git, ChildMaven maven, Path log) {

  /**
   * The released build whose runs are made again.
   *
   * @param commit that was released
   * @param pom of the top project
   * @param ledger of the project, where the released one goes
   * @param profiles that are active, as after {@code -P}
   * @param plugin {@code groupId:artifactId:version} of the gate
   */
  record Target(String commit, Path pom, Path ledger, List<String> profiles, String plugin) {}

  /**
   * Makes runs again.
   *
   * @param released the released ledger
   * @param dependencies what its runs depended on; null if that was not released
   * @param count how many
   * @return what the replays say, a line each
   * @throws IllegalStateException if the commit does not build, or a run is not the same again
   */
  List<String> require(Target target, Path released, @Nullable Path dependencies, int count)
      throws IOException, InterruptedException {
    if (count < 1) {
      throw new IllegalArgumentException(
          "gate.rerun is %d, it has to be at least 1".formatted(count));
    }
    try (CommitClone clone = CommitClone.of(git, target.commit())) {
      Path ledger = clone.file(target.ledger());
      Files.createDirectories(ledger.resolveSibling(""));
      Files.copy(released, ledger, StandardCopyOption.REPLACE_EXISTING);
      if (dependencies != null) {
        Files.copy(dependencies, DependencyStore.file(ledger), StandardCopyOption.REPLACE_EXISTING);
      }
      List<String> arguments =
          new ArrayList<>(
              List.of(
                  "package",
                  target.plugin() + ":replay",
                  "-Dgate.rerun=" + count,
                  "-DskipTests",
                  "-DskipITs"));
      if (!target.profiles().isEmpty()) {
        arguments.add("-P" + String.join(",", target.profiles()));
      }
      Files.createDirectories(log.toAbsolutePath().resolveSibling(""));
      ChildMaven.Exit exit = maven.run(clone.file(target.pom()), arguments, log);
      if (!exit.success()) {
        throw new IllegalStateException(
            "runs of commit %s were made again, and: %s".formatted(target.commit(), exit.detail()));
      }
    }
    try (var lines = Files.lines(log)) {
      return lines.filter(line -> line.contains("identical: ")).toList();
    }
  }
}
