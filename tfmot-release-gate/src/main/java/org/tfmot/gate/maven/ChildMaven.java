package org.tfmot.gate.maven;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.apache.maven.execution.MavenExecutionRequest;
import org.apache.maven.execution.MavenSession;
import org.apiguardian.api.API;
import org.tfmot.gate.run.OwnJava;
import org.tfmot.gate.run.RunEnvironment;

/**
 * Another Maven: the same program, with the same settings and local repository.
 *
 * @param home where Maven is installed
 * @param options settings and the like, before the goals
 * @param limit after which it is stopped
 * @param plain whether it has no properties of the settings and no options: a build of a commit has
 *     only what that says
 * @param variables whether it sees the environment, and not only what programs need to start
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public record ChildMaven(
    Path home, List<String> options, Duration limit, boolean plain, boolean variables) {

  private static final String FAILURE = "[ERROR] ";

  /**
   * End of a child process.
   *
   * @param success whether all went well
   * @param detail why not, in a few words
   */
  public record Exit(boolean success, String detail) {}

  /** As the Maven of a session. */
  public static ChildMaven like(MavenSession session, Duration limit) {
    MavenExecutionRequest request = session.getRequest();
    List<String> options = new ArrayList<>(List.of("-B"));
    if (request.getUserSettingsFile() != null && request.getUserSettingsFile().exists()) {
      options.addAll(List.of("-s", request.getUserSettingsFile().toString()));
    }
    if (request.getGlobalSettingsFile() != null && request.getGlobalSettingsFile().exists()) {
      options.addAll(List.of("-gs", request.getGlobalSettingsFile().toString()));
    }
    if (request.getLocalRepositoryPath() != null) {
      options.add("-Dmaven.repo.local=" + request.getLocalRepositoryPath());
    }
    if (session.isOffline()) {
      options.add("-o");
    }
    String home = session.getSystemProperties().getProperty("maven.home");
    if (home == null) {
      throw new IllegalStateException(
          "maven.home is not set, so that no other Maven can be started: build with mvn itself");
    }
    return new ChildMaven(Path.of(home), options, limit, false, true);
  }

  /**
   * Returns the same without what a machine could add to a build: properties of settings, variables
   * of the environment, options of the program, another git. Repositories, servers and proxies
   * stay.
   */
  public ChildMaven alone() {
    return new ChildMaven(home, options, limit, true, false);
  }

  /** Returns the same with the environment, which runs may need, but for options. */
  public ChildMaven withVariables() {
    return new ChildMaven(home, options, limit, true, true);
  }

  /**
   * Builds.
   *
   * @param arguments goals and options
   * @param log takes what it prints
   * @throws IOException if it cannot be started, or this thread is interrupted
   */
  public Exit run(Path pom, List<String> arguments, Path log) throws IOException {
    boolean windows =
        Objects.toString(System.getProperty("os.name"), "")
            .toLowerCase(Locale.ROOT)
            .startsWith("windows");
    List<String> command = new ArrayList<>();
    command.add(home.resolve("bin").resolve(windows ? "mvn.cmd" : "mvn").toString());
    List<Path> copies = new ArrayList<>();
    command.addAll(plain ? withSettingsCopied(copies) : options);
    command.addAll(List.of("-f", pom.toString()));
    command.addAll(arguments);
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(pom.toAbsolutePath().resolveSibling("").toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().put("JAVA_HOME", OwnJava.home().toString());
    if (plain) {
      String java = OwnJava.home().toString();
      if (variables) {
        builder.environment().keySet().removeIf(name -> name.matches("(MAVEN|GIT)_.*"));
        builder.environment().put("MAVEN_SKIP_RC", "true");
      } else {
        RunEnvironment.limit(
            builder.environment(), Map.of("JAVA_HOME", java, "MAVEN_SKIP_RC", "true"));
      }
    }
    Process process = null;
    try {
      process = builder.start();
      process.getOutputStream().close();
      if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        return new Exit(
            false, "it had not ended after %d min, see %s".formatted(limit.toMinutes(), log));
      }
      int code = process.exitValue();
      return code == 0
          ? new Exit(true, "")
          : new Exit(false, "%s (exit code %d, see %s)".formatted(firstError(log), code, log));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while the example ran");
    } finally {
      if (process != null) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
      }
      for (Path copy : copies) {
        Files.deleteIfExists(copy);
      }
    }
  }

  private List<String> withSettingsCopied(List<Path> copies) throws IOException {
    List<String> found = new ArrayList<>(options);
    for (int i = 1; i < found.size(); i++) {
      if (found.get(i - 1).matches("-g?s")) {
        Path copy = SettingsCopy.of(Path.of(found.get(i)), System.getenv());
        copies.add(copy);
        found.set(i, copy.toString());
      }
    }
    return found;
  }

  private static String firstError(Path log) throws IOException {
    // Its programs may print in any encoding.
    String text = Files.readString(log, StandardCharsets.ISO_8859_1);
    return text.lines()
        .filter(line -> line.startsWith(FAILURE))
        .map(line -> line.substring(FAILURE.length()).strip())
        .findFirst()
        .orElse("it failed without a word");
  }
}
