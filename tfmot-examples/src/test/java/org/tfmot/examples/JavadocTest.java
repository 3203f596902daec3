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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Javadoc and pages say what a thing does or is, in the English of the field. */
class JavadocTest {

  private static final Pattern QUESTION =
      Pattern.compile("/\\*\\*[\\s*]*((?:What|Whether|Who|How|Which|Where|Why|When)\\b[^\\n]*)");

  /** Phrases that have a plainer form. "All but the first" is one, "all but zero" is none. */
  private static final Pattern HABIT =
      Pattern.compile(
          "\\b(?:all but (?!the\\b)|answers? with\\b|anew\\b|in the place of\\b|stands? for\\b"
              + "|holds? that\\b|in vain\\b|in \\S+ stead\\b)");

  private static final Pattern COMMENT = Pattern.compile("(?s)/\\*.*?\\*/|//[^\\n]*");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tfmot-api",
        "tfmot-techniques",
        "tfmot-release-gate",
        "tfmot-officialmodels-fork",
        "tfmot-examples"
      })
  void summaries_beginWithAVerbOrANoun(String module) throws IOException {
    List<String> found = new ArrayList<>();
    for (Path file : sources(module)) {
      String source = Files.readString(file);
      Matcher question = QUESTION.matcher(source);
      while (question.find()) {
        found.add(file.getFileName() + ": " + question.group(1));
      }
      Matcher comment = COMMENT.matcher(source);
      while (comment.find()) {
        String text = comment.group().replaceAll("\\s+(?:\\*|//)?\\s*", " ");
        habits(file.getFileName().toString(), text, found);
      }
    }
    assertEquals(List.of(), found);
  }

  @Test
  void pages_havePlainPhrases() throws IOException {
    List<String> found = new ArrayList<>();
    List<String> pages = Documentation.pages();
    for (String page : pages) {
      String prose = Documentation.prose(page).replaceAll("`[^`\\n]*`", "").replace('\n', ' ');
      habits(page, prose, found);
    }
    assertEquals(List.of(), found);
    assertTrue(pages.size() > 20, pages.toString());
  }

  /** Lists the habits in a text with what stands around them. */
  private static void habits(String where, String text, List<String> found) {
    Matcher habit = HABIT.matcher(text);
    while (habit.find()) {
      int begin = Math.max(0, habit.start() - 40);
      found.add(where + ": " + text.substring(begin, Math.min(text.length(), habit.end() + 20)));
    }
  }

  private static List<Path> sources(String module) throws IOException {
    try (Stream<Path> files = Files.walk(Documentation.ROOT.resolve(module).resolve("src/main"))) {
      List<Path> sources = files.filter(path -> path.toString().endsWith(".java")).toList();
      assertTrue(sources.size() > 10, sources.size() + " files");
      return sources;
    }
  }
}
