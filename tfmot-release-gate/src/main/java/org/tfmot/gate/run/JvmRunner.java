package org.tfmot.gate.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;
import org.tfmot.gate.dependency.LoadedClasses;

/**
 * Carries out JUnit convergence tests, each run in a JVM of its own: what a native library leaves
 * behind, or breaks, ends with it.
 *
 * <p>The class path has to hold the test, this module and JUnit's launcher and Jupiter engine. The
 * environment's {@code JAVA_TOOL_OPTIONS}, {@code JDK_JAVA_OPTIONS} and {@code _JAVA_OPTIONS} do
 * not reach the JVM: evidence is bound to a class path, and they can change it. The runner itself
 * sets the second, so that this JVM and every one that it starts log the classes that they load.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class JvmRunner implements ConvergenceRunner {

  /** Options for every {@code java} that this process and those under it start. */
  private static final String OPTIONS = "JDK_JAVA_OPTIONS";

  private final Path java;
  private final List<Path> classPath;
  private final List<String> options;
  private final Map<String, String> environment;

  /**
   * A runner on the JVM that this one is.
   *
   * @param classPath jars and folders, in their order
   * @param options for the JVM, such as {@code -Xmx2g}
   */
  public JvmRunner(List<Path> classPath, List<String> options) {
    this(classPath, options, Map.of());
  }

  /**
   * A runner on the JVM that this one is.
   *
   * @param classPath jars and folders, in their order
   * @param options for the JVM, such as {@code -Xmx2g}
   * @param environment variables beside those that every run sees
   */
  public JvmRunner(List<Path> classPath, List<String> options, Map<String, String> environment) {
    this(JavaCommand.OWN, classPath, options, environment);
  }

  /**
   * A runner.
   *
   * @param java the program
   * @param classPath jars and folders, in their order
   * @param options for the JVM
   * @param environment variables beside those that every run sees
   * @throws IllegalArgumentException if an entry of the class path does not exist
   */
  public JvmRunner(
      Path java, List<Path> classPath, List<String> options, Map<String, String> environment) {
    this.java = java;
    this.environment = Map.copyOf(environment);
    this.classPath = List.copyOf(classPath);
    this.options = List.copyOf(options);
    for (Path entry : classPath) {
      if (!Files.exists(entry)) {
        throw new IllegalArgumentException(
            "%s is on the class path of the convergence tests and does not exist: build it first"
                .formatted(entry));
      }
    }
  }

  @Override
  public RunResult run(RunRequest request) throws IOException, InterruptedException {
    RunFolder folder = new RunFolder(request.folder());
    String tree = folder.prepare(request);
    ProcessBuilder builder =
        JavaCommand.of(java, arguments(folder), folder.arguments(), environment)
            .directory(folder.output().toFile());
    boolean all = LoadedClasses.isPlain(folder.path());
    if (all) {
      builder
          .environment()
          .merge(
              OPTIONS,
              LoadedClasses.option(folder.path() + "/" + RunFolder.CLASSES),
              (own, log) -> own + " " + log);
    }
    ChildProcess.Exit exit;
    try (BoundedLog log = new BoundedLog(folder.log())) {
      exit = ChildProcess.run(builder, tree, request.timeLimit(), log, OutputPump.Reports.NONE);
    }
    return Ending.of(exit, folder, request, Outcome.read(folder.outcome()), null, true)
        .result(folder, exit)
        .with(LoadedClasses.read(folder.classes(), ConvergenceMain.class.getName(), all));
  }

  private List<String> arguments(RunFolder folder) {
    List<String> arguments = new ArrayList<>(options);
    // A percent sign starts a placeholder there.
    arguments.add("-XX:ErrorFile=" + folder.crash().toString().replace("%", "%%"));
    arguments.add("-XX:+ExitOnOutOfMemoryError");
    if (!LoadedClasses.isPlain(folder.path())) {
      // The folder that it starts in is the output; processes that it starts may have others.
      arguments.add(LoadedClasses.option("../" + RunFolder.CLASSES));
    }
    arguments.add("-cp");
    arguments.add(JavaCommand.classPath(classPath));
    arguments.add(ConvergenceMain.class.getName());
    arguments.add(folder.order().toString());
    return arguments;
  }
}
