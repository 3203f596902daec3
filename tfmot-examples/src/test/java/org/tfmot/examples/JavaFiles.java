package org.tfmot.examples;

import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** Java sources in memory, compiled on the class path of the tests. */
final class JavaFiles {

  private static final Pattern TYPE =
      Pattern.compile("(?m)^(?:public |final |abstract )*(?:class|record|interface|enum) (\\w+)");

  private JavaFiles() {}

  /** Returns whether a source declares a type of its own instead of being a part of a method. */
  static boolean isWhole(String source) {
    return TYPE.matcher(source).find();
  }

  /** Returns the name of the first type that a source declares. */
  static String typeOf(String source) {
    return TYPE.matcher(source)
        .results()
        .map((MatchResult type) -> type.group(1))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no type in " + source));
  }

  /** Compiles whole sources together into a folder; returns the errors, "" if there are none. */
  static String errors(Path folder, List<String> sources) {
    List<JavaFileObject> units = new ArrayList<>();
    sources.forEach(source -> units.add(new InMemory(typeOf(source), source)));
    StringWriter messages = new StringWriter();
    List<String> options = new ArrayList<>(List.of("-d", folder.toString(), "-proc:none"));
    options.addAll(List.of("-classpath", System.getProperty("java.class.path"), "-nowarn"));
    boolean done =
        ToolProvider.getSystemJavaCompiler()
            .getTask(messages, null, null, options, null, units)
            .call();
    return done ? "" : messages.toString();
  }

  private static final class InMemory extends SimpleJavaFileObject {
    private final String source;

    InMemory(String type, String source) {
      super(URI.create("string:///" + type + ".java"), Kind.SOURCE);
      this.source = source;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return source;
    }
  }
}
