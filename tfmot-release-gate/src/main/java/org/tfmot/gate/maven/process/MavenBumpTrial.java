package org.tfmot.gate.maven.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.tfmot.gate.maven.ChildMaven;
import org.tfmot.gate.process.BumpTrial;

/**
 * Builds a copy of the consumer with exactly the version that is tried.
 *
 * @param versions what there is
 * @param maven builds it
 * @param consumer its folder
 * @param pom in that folder: the one that states the version
 * @param pinned version to the bytes of the POM with it
 * @param example goals and options; {@code {version}} in them is replaced
 * @param folder for copies and logs
 */
record MavenBumpTrial(
    RemoteVersions versions,
    ChildMaven maven,
    Path consumer,
    Path pom,
    Function<String, byte[]> pinned,
    List<String> example,
    Path folder)
    implements BumpTrial {

  MavenBumpTrial {
    example = List.copyOf(example);
    if (example.isEmpty()) {
      throw new IllegalArgumentException(
          "the example has no goal: -Dgate.example=\"verify\", for example");
    }
  }

  @Override
  public List<String> available(String coordinates) throws IOException {
    return versions.all(coordinates);
  }

  @Override
  public Outcome run(String coordinates, String version) throws IOException {
    Optional<String> problem = versions.problem(coordinates, version);
    if (problem.isPresent()) {
      return new Outcome(Result.NOT_RESOLVED, problem.get());
    }
    Files.createDirectories(folder);
    Path copy = ConsumerCopy.make(consumer, pom, pinned.apply(version), folder.resolve(version));
    Path log = folder.resolve(version + ".log");
    List<String> arguments =
        example.stream().map(word -> word.replace("{version}", version)).toList();
    ChildMaven.Exit exit = maven.run(copy, arguments, log);
    return new Outcome(
        exit.success() ? Result.EXAMPLE_PASSED : Result.EXAMPLE_FAILED, exit.detail());
  }
}
