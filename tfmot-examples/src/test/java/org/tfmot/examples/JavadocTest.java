package org.tfmot.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Javadoc says at its first word what a thing does or is, and asks no question. */
class JavadocTest {

  private static final Path ROOT = Path.of("").toAbsolutePath().getParent();

  private static final Pattern QUESTION =
      Pattern.compile("/\\*\\*[\\s*]*((?:What|Whether|Who|How|Which|Where|Why|When)\\b[^\\n]*)");

  @ParameterizedTest
  @ValueSource(
      strings = {"tfmot-api", "tfmot-techniques", "tfmot-officialmodels-fork", "tfmot-examples"})
  void summaries_beginWithAVerbOrANoun(String module) throws IOException {
    List<String> questions = new ArrayList<>();
    int files = 0;
    try (Stream<Path> sources = Files.walk(ROOT.resolve(module).resolve("src/main/java"))) {
      for (Path file : sources.filter(path -> path.toString().endsWith(".java")).toList()) {
        files++;
        Matcher found = QUESTION.matcher(Files.readString(file));
        while (found.find()) {
          questions.add(file.getFileName() + ": " + found.group(1));
        }
      }
    }
    assertTrue(files > 10, files + " files");
    assertEquals(List.of(), questions);
  }
}
