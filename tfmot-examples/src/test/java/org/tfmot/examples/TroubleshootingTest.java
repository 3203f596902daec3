package org.tfmot.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The page of errors quotes messages that the libraries have. */
class TroubleshootingTest {

  private static final Path ROOT = Path.of("").toAbsolutePath().getParent();

  private static final List<String> MODULES = List.of("tfmot-api", "tfmot-techniques");

  @Test
  void messages_areThoseOfTheSources() throws IOException {
    String sources = sources();
    List<String> quoted = messages();
    assertTrue(quoted.size() > 20, quoted.toString());
    assertEquals(List.of(), quoted.stream().filter(text -> !sources.contains(text)).toList());
  }

  /** The code spans of each first cell under a heading "Message". */
  private static List<String> messages() throws IOException {
    String page = Files.readString(ROOT.resolve("docs/troubleshooting.md"));
    return page.substring(0, page.indexOf("| Symptom |"))
        .lines()
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
      try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/main/java"))) {
        for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
          all.append(Files.readString(file).replaceAll("\"\\s*\\n\\s*\\+ \"", ""));
        }
      }
    }
    return all.toString();
  }
}
