package org.tfmot.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The pages quote error messages that the libraries have. */
class TroubleshootingTest {

  private static final List<String> MODULES = List.of("tfmot-api", "tfmot-techniques");

  /** A table of messages up to the line behind it. */
  private static final Pattern TABLE =
      Pattern.compile("(?s)\\| Message \\| Remedy \\|\\n(.*?)\\n(?!\\|)");

  @Test
  void messages_areThoseOfTheSources() throws IOException {
    String sources = sources();
    List<String> unknown = new ArrayList<>();
    int pages = 0;
    int messages = 0;
    for (String page : Documentation.pages()) {
      List<String> quoted = messages(Documentation.read(page));
      pages += quoted.isEmpty() ? 0 : 1;
      messages += quoted.size();
      quoted.stream()
          .filter(text -> !sources.contains(text))
          .forEach(text -> unknown.add(page + ": " + text));
    }
    assertEquals(List.of(), unknown);
    assertTrue(pages > 6 && messages > 40, messages + " messages on " + pages + " pages");
  }

  /** The code spans of each first cell under a heading "Message". */
  private static List<String> messages(String page) {
    return TABLE
        .matcher(page + "\n\n")
        .results()
        .flatMap((MatchResult table) -> table.group(1).lines())
        .filter(line -> line.startsWith("| `"))
        .map(line -> line.split("\\|")[1])
        .flatMap(cell -> Pattern.compile("`([^`]+)`").matcher(cell).results())
        .map((MatchResult span) -> span.group(1))
        .toList();
  }

  /** All Java sources, with each concatenated literal in one piece. */
  private static String sources() throws IOException {
    StringBuilder all = new StringBuilder();
    for (String module : MODULES) {
      try (Stream<Path> files =
          Files.walk(Documentation.ROOT.resolve(module).resolve("src/main/java"))) {
        for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
          all.append(Files.readString(file).replaceAll("\"\\s*\\n\\s*\\+ \"", ""));
        }
      }
    }
    return all.toString();
  }
}
