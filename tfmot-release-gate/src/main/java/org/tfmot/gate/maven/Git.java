package org.tfmot.gate.maven;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apiguardian.api.API;

/**
 * A work tree, asked through {@code git}.
 *
 * @param folder in it
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public record Git(Path folder) {

  /** Settings of a repository that would have git overlook changes, or take a cache for them. */
  private static final List<String> OWN_EYES =
      List.of(
          "core.quotePath=false",
          "core.fsmonitor=false",
          "core.untrackedCache=false",
          "core.ignoreStat=false",
          "core.checkStat=default",
          "core.commitGraph=false");

  /**
   * The full hash of the head.
   *
   * @throws IOException if there is no git, or no commit
   */
  public String head() throws IOException, InterruptedException {
    return ask("rev-parse", "HEAD").strip();
  }

  /** The root of the work tree. */
  public Path root() throws IOException, InterruptedException {
    return Path.of(ask("rev-parse", "--show-toplevel").strip());
  }

  /** Returns whether the folder is in a work tree. */
  boolean isWorkTree() throws InterruptedException {
    try {
      return ask("rev-parse", "--is-inside-work-tree").strip().equals("true");
    } catch (IOException e) {
      return false;
    }
  }

  /** Returns how git names a file of the work tree, which need not be there. */
  String pathFromRoot(Path file) throws IOException, InterruptedException {
    Path parent = file.toAbsolutePath().resolveSibling("");
    Path real = Files.exists(parent) ? parent.toRealPath() : parent.normalize();
    return root()
        .toRealPath()
        .relativize(real.resolve(file.getFileName()))
        .toString()
        .replace('\\', '/');
  }

  /**
   * Runs a git command and returns what it prints.
   *
   * @throws IOException if it fails; the message has its words
   */
  public String ask(String... arguments) throws IOException, InterruptedException {
    return ask(true, arguments);
  }

  /**
   * As {@link #ask}, without settings of the user and the machine: filters and attributes of theirs
   * would have a file hold something else than its commit.
   */
  public String askPlainly(String... arguments) throws IOException, InterruptedException {
    return ask(false, arguments);
  }

  private String ask(boolean settings, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("git"));
    OWN_EYES.forEach(option -> command.addAll(List.of("-c", option)));
    command.addAll(List.of(arguments));
    // What git warns of is no part of what was asked for.
    Path words = Files.createTempFile("git", ".txt");
    ProcessBuilder builder =
        new ProcessBuilder(command).directory(folder.toFile()).redirectError(words.toFile());
    String nothing = words.resolveSibling(words.getFileName() + ".none").toString();
    // GIT_DIR and the like would have git look at another repository, or another index.
    builder.environment().keySet().removeIf(name -> name.startsWith("GIT_"));
    // Replaced objects and grafts would show another history than everybody else has.
    builder.environment().put("GIT_NO_REPLACE_OBJECTS", "1");
    builder.environment().put("GIT_GRAFT_FILE", nothing);
    if (!settings) {
      builder.environment().put("GIT_CONFIG_NOSYSTEM", "1");
      builder.environment().put("GIT_CONFIG_GLOBAL", nothing);
    }
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new IOException(
            "git %s in %s fails: %s"
                .formatted(
                    String.join(" ", arguments), folder, (text + Files.readString(words)).strip()));
      }
      return text;
    } finally {
      Files.delete(words);
    }
  }

  /** The lines that a git command prints. */
  List<String> lines(String... arguments) throws IOException, InterruptedException {
    return ask(arguments).lines().filter(line -> !line.isBlank()).toList();
  }
}
