package org.tfmot.examples;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The program of a guide. */
final class GuideProgram {

  private GuideProgram() {}

  /**
   * Runs a program's main method in this process; returns what it prints.
   *
   * @param folder has its classes
   * @param file what it is to write
   */
  static String run(Path folder, String type, Path file) throws Exception {
    PrintStream before = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
      System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
      loader
          .loadClass(type)
          .getMethod("main", String[].class)
          .invoke(null, (Object) new String[] {file.toString()});
    } finally {
      System.setOut(before);
    }
    return printed.toString(StandardCharsets.UTF_8);
  }

  /** A text without what differs between machines: numbers, units, width of columns, the winner. */
  static String shape(String text) {
    return text.replaceAll("[-+]?\\d[\\d.,]*(e[-+]?\\d+)?", "#")
        .replaceAll("# (ns|us|ms|s)\\b", "# time")
        .replaceAll("fastest: \\w+", "fastest: any")
        .replaceAll("[ \\t]+", " ")
        .replaceAll(" ?\\R", "\n")
        .strip();
  }
}
