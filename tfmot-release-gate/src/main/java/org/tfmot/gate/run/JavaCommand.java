package org.tfmot.gate.run;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The start of a JVM that runs what it is told and nothing else. */
final class JavaCommand {

  /** The program that this JVM is. */
  static final Path OWN = OwnJava.program();

  /** The environment variables by which options get into every JVM. */
  private static final Set<String> OPTIONS =
      Set.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS");

  private JavaCommand() {}

  /**
   * @param arguments of the program
   * @param file to write them to: class paths are longer than command lines may be
   */
  static ProcessBuilder of(Path java, List<String> arguments, Path file) throws IOException {
    Files.write(file, arguments.stream().map(JavaCommand::quote).toList(), StandardCharsets.UTF_8);
    ProcessBuilder builder = new ProcessBuilder(java.toString(), "@" + file);
    builder.environment().keySet().removeAll(OPTIONS);
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
