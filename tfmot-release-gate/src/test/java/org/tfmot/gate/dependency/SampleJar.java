package org.tfmot.gate.dependency;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.ToolProvider;

/** Jars of sources that tests write. */
public final class SampleJar {

  private SampleJar() {}

  /**
   * Compiles sources.
   *
   * @param folder that is empty
   * @param classPath for the compiler
   * @param sources file name to text
   * @return the class files and what they hold
   */
  public static SortedMap<String, byte[]> compile(
      Path folder, List<Path> classPath, Map<String, String> sources) throws IOException {
    Path classes = Files.createDirectories(folder.resolve("classes"));
    List<String> arguments =
        new ArrayList<>(List.of("-g", "-parameters", "-d", classes.toString()));
    if (!classPath.isEmpty()) {
      arguments.add("-cp");
      arguments.add(String.join(":", classPath.stream().map(Path::toString).toList()));
    }
    for (Map.Entry<String, String> source : sources.entrySet()) {
      Path file = folder.resolve("src").resolve(source.getKey());
      Files.createDirectories(file.getParent());
      Files.writeString(file, source.getValue());
      arguments.add(file.toString());
    }
    var compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter messages = new StringWriter();
    try (var files = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
      List<String> options = arguments.stream().filter(a -> !a.endsWith(".java")).toList();
      List<String> names = arguments.stream().filter(a -> a.endsWith(".java")).toList();
      assertTrue(
          compiler
              .getTask(
                  messages, files, null, options, null, files.getJavaFileObjectsFromStrings(names))
              .call(),
          messages::toString);
    }
    SortedMap<String, byte[]> content = new TreeMap<>();
    try (Stream<Path> walk = Files.walk(classes)) {
      for (Path file : walk.filter(Files::isRegularFile).toList()) {
        content.put(classes.relativize(file).toString(), Files.readAllBytes(file));
      }
    }
    return content;
  }

  /** Writes a jar. */
  public static Path write(Path jar, Map<String, byte[]> content) throws IOException {
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
      for (Map.Entry<String, byte[]> entry : new TreeMap<>(content).entrySet()) {
        out.putNextEntry(new JarEntry(entry.getKey()));
        out.write(entry.getValue());
        out.closeEntry();
      }
    }
    return jar;
  }

  /** Returns content with more or other entries. */
  public static SortedMap<String, byte[]> with(
      Map<String, byte[]> content, String name, byte[] bytes) {
    SortedMap<String, byte[]> other = new TreeMap<>(content);
    other.put(name, bytes);
    return other;
  }
}
