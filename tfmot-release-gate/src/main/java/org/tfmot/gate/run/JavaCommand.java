package org.tfmot.gate.run;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The start of a JVM that runs what it is told and nothing else. */
final class JavaCommand {

  /** The program that this JVM is. */
  static final Path OWN = OwnJava.program();

  private JavaCommand() {}

  /**
   * @param arguments of the program
   * @param file to write them to: class paths are longer than command lines may be
   * @param environment variables beside those that every run sees
   */
  static ProcessBuilder of(
      Path java, List<String> arguments, Path file, Map<String, String> environment)
      throws IOException {
    Files.write(file, arguments.stream().map(JavaCommand::quote).toList(), StandardCharsets.UTF_8);
    ProcessBuilder builder = new ProcessBuilder(java.toString(), "@" + file);
    RunEnvironment.limit(builder.environment(), environment);
    return builder;
  }

  static String classPath(List<Path> entries) {
    return entries.stream()
        .map(entry -> entry.toAbsolutePath().toString())
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** As the launcher's argument files want it. */
  private static String quote(String text) {
    return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + "\"";
  }
}
