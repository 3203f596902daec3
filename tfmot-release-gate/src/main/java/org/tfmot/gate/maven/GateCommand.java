package org.tfmot.gate.maven;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeSet;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.engine.GateTest;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.run.CommandRunner;

/** A convergence test that is a command, as {@code <command>} in a POM. */
@API(status = API.Status.INTERNAL, since = "0.1.0")
public final class GateCommand {

  private @Nullable String name;
  private List<String> claims = List.of();
  private List<String> arguments = List.of();
  private List<String> files = List.of();

  /** Its name, as in the claims that it proves. */
  public void setName(String name) {
    this.name = name;
  }

  /** The ids of the claims that it proves. */
  public void setClaims(List<String> claims) {
    this.claims = List.copyOf(claims);
  }

  /** The program and its arguments; {@code {seed}} and {@code {folder}} are replaced. */
  public void setArguments(List<String> arguments) {
    this.arguments = List.copyOf(arguments);
  }

  /**
   * Files that the program reads outside the project, or in what builds write: when one changes,
   * earlier runs no longer count, as with every file of the project.
   */
  public void setFiles(List<String> files) {
    this.files = List.copyOf(files);
  }

  GateTest test(Path directory, CommandTree tree, Map<String, String> environment)
      throws IOException {
    if (name == null) {
      throw new IllegalArgumentException("a <command> of the release gate has no <name>");
    }
    return new GateTest(
        name,
        new TreeSet<>(claims),
        content(directory, tree),
        new CommandRunner(arguments, directory, environment));
  }

  /** The arguments, and what is in the files of the project and in those that they name. */
  private Digest content(Path directory, CommandTree tree) throws IOException {
    SortedMap<String, String> contents = tree.digests();
    for (String argument : arguments) {
      Path file = file(directory, argument);
      if (file != null && Files.isRegularFile(file)) {
        contents.put(argument, Digest.of(file).value());
      }
    }
    for (String name : files) {
      Path file = file(directory, name);
      if (file == null || !Files.isRegularFile(file)) {
        throw new IllegalArgumentException(
            "the command %s names the file %s, which is not there".formatted(this.name, name));
      }
      contents.put(name, Digest.of(file).value());
    }
    return Digest.ofJson(List.of(arguments, contents));
  }

  private static @Nullable Path file(Path directory, String name) {
    try {
      return directory.resolve(name);
    } catch (InvalidPathException e) {
      return null;
    }
  }
}
