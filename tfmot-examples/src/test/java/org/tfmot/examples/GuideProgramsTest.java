package org.tfmot.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tfmot.techniques.tflite.TfLiteModel;

/** The program of each guide runs, prints what the page shows, and does what the page says. */
class GuideProgramsTest {

  private static final String TOY_TASK = "docs/guide/toy-task.md";

  /** Of 16 x 256 and 256 x 4 weights the first three quarters are pruned: 3,072 of 5,120. */
  private static final Map<String, Predicate<TfLiteModel>> PROMISES =
      Map.of(
          "pruning", file -> file.zeroFraction() == 0.6,
          "clustering", file -> 3 * file.gzipSize() < file.size(),
          "quantization-aware-training", file -> file.floatOperators().isEmpty(),
          "post-training-quantization", file -> file.floatOperators().isEmpty(),
          "conversion", file -> 2 * file.size() < 16 * 256 * 4 + 256 * 4 * 4,
          "combining", file -> file.floatOperators().isEmpty() && file.zeroFraction() >= 0.5);

  @TempDir private Path folder;

  @Test
  void eachGuideOfATechnique_isTried() throws IOException {
    List<String> guides = new ArrayList<>(Documentation.pages());
    guides.removeIf(page -> !page.startsWith("docs/guide/"));
    guides.removeAll(List.of(TOY_TASK, "docs/guide/new-technique.md"));
    assertEquals(
        guides,
        new TreeSet<>(PROMISES.keySet())
            .stream().map(name -> "docs/guide/" + name + ".md").toList());
  }

  @ParameterizedTest
  @CsvSource({
    "pruning",
    "clustering",
    "quantization-aware-training",
    "post-training-quantization",
    "conversion",
    "combining"
  })
  void program_printsWhatItsPageShows(String guide) throws Exception {
    String page = "docs/guide/" + guide + ".md";
    String program =
        Documentation.blocks(page, "java").stream()
            .filter(JavaFiles::isWhole)
            .findFirst()
            .orElseThrow();
    List<String> sources = new ArrayList<>(Documentation.blocks(TOY_TASK, "java"));
    sources.add(program);
    assertEquals("", JavaFiles.errors(folder, sources));

    Path file = folder.resolve("model.tflite");
    String printed = GuideProgram.run(folder, JavaFiles.typeOf(program), file);

    assertEquals(
        GuideProgram.shape(Documentation.blocks(page, "").get(0)), GuideProgram.shape(printed));
    assertTrue(PROMISES.get(guide).test(TfLiteModel.read(file)), page);
  }
}
