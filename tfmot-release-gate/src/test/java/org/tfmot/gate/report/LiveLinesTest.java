package org.tfmot.gate.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.engine.FakeRunner;
import org.tfmot.gate.engine.Toy;

class LiveLinesTest {

  @TempDir Path folder;

  private String lines(FakeRunner runner, boolean terminal, int width) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    Sample.document(folder, runner, new LiveLines(out, terminal, width));
    return bytes.toString(StandardCharsets.UTF_8).replace("\r\n", "\n");
  }

  @Test
  void plain_isAsciiWithoutControlCharacters() throws Exception {
    String text = lines(Toy.runner(0, 0.02), false, 80);
    assertTrue(text.matches("[\\x20-\\x7e\n]*"), text);
    List<String> lines = text.lines().toList();
    assertEquals("pruning/toy/accuracy  n=0  needs ~5 runs", lines.get(0));
    assertEquals("3 MISSING | 0/12 runs | ~34 min left", lines.get(3));
    assertTrue(lines.contains("pruning/toy/zeros     n=1  0.02 floor 0.79  FAIL  [ada]"), text);
    assertTrue(
        lines.stream()
            .anyMatch(
                line ->
                    line.matches(
                        "pruning/toy/accuracy  n=4  -?0\\.\\d+\\+-0\\.\\d+ floor -0\\.01  "
                            + "E=[0-9.]+/24.2 #+\\.* needs ~1 run  \\[ada\\]")),
        text);
    assertTrue(
        lines.get(lines.size() - 1).startsWith("2 PASS | 1 FAIL | release BLOCKED | 1"), text);
  }

  @Test
  void plain_decidedClaims_arePrintedOnce() throws Exception {
    List<String> lines = lines(Toy.runner(0, 0.8), false, 80).lines().toList();
    assertEquals(
        1, lines.stream().filter(line -> line.matches("pruning/toy/zeros +n=1 .*")).count());
    assertTrue(lines.get(lines.size() - 1).contains("release OPEN"));
  }

  @Test
  void plain_voidRun_isNamedAndChangesNoLine() throws Exception {
    FakeRunner runner = Toy.runner(0, 0.8);
    runner.voids(2);
    List<String> lines = lines(runner, false, 80).lines().toList();
    int at =
        lines.indexOf(
            "run 2 of org.example.ToyTest#pruned: VOID, OUT_OF_MEMORY: java.lang.OutOfMemoryError");
    assertTrue(at > 0, () -> String.join("\n", lines));
    assertTrue(lines.get(at + 1).contains("  n=2  "), lines.get(at + 1));
  }

  @Test
  void terminal_rewritesOneLineForEachClaim() throws Exception {
    String text = lines(Toy.runner(0, 0.02), true, 100);
    List<String> screen = screen(text);
    assertEquals(4, screen.size(), () -> String.join("\n", screen));
    assertTrue(screen.get(0).startsWith("pruning/toy/accuracy"), screen.get(0));
    assertTrue(screen.get(0).contains("████████ PASS"), screen.get(0));
    assertTrue(screen.get(1).contains("FAIL"), screen.get(1));
    assertTrue(screen.get(3).contains("release BLOCKED"), screen.get(3));
    assertTrue(text.contains("running, needs ~"), "what runs is shown");
  }

  @Test
  void terminal_narrow_cutsLinesSoThatNoneWraps() throws Exception {
    for (String line : screen(lines(Toy.runner(0, 0.02), true, 30))) {
      assertTrue(line.length() <= 30, line);
    }
  }

  /** What a terminal shows in the end: moves up, erases lines, writes over them. */
  private static List<String> screen(String text) {
    List<String> screen = new ArrayList<>();
    int row = 0;
    for (String part : text.split("\n", -1)) {
      while (part.startsWith("\033[") && part.indexOf('A') > 0) {
        row -= Integer.parseInt(part.substring(2, part.indexOf('A')));
        part = part.substring(part.indexOf('A') + 1);
      }
      if (part.isEmpty()) {
        continue;
      }
      assertTrue(part.startsWith("\r\033[2K"), part);
      while (screen.size() <= row) {
        screen.add("");
      }
      screen.set(row++, part.substring("\r\033[2K".length()));
    }
    return screen;
  }
}
