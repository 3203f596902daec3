package org.tfmot.gate.process;

import com.github.difflib.DiffUtils;
import com.github.difflib.UnifiedDiffUtils;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The unified diff of two texts, for people and {@code patch}. */
final class UnifiedDiff {

  private static final int CONTEXT = 3;

  private UnifiedDiff() {}

  static String of(String name, byte[] before, byte[] after) {
    List<String> old = lines(before);
    List<String> diff =
        UnifiedDiffUtils.generateUnifiedDiff(
            "a/" + name, "b/" + name, old, DiffUtils.diff(old, lines(after)), CONTEXT);
    StringBuilder out = new StringBuilder();
    for (String line : diff) {
      out.append(line);
      if (!line.endsWith("\n")) {
        out.append(isHead(line) ? "\n" : "\n\\ No newline at end of file\n");
      }
    }
    return out.toString();
  }

  /** Lines of a head come without a line end; lines of the texts have their own. */
  private static boolean isHead(String line) {
    return line.startsWith("--- ") || line.startsWith("+++ ") || line.startsWith("@@ ");
  }

  /** Returns the lines with their line ends. */
  private static List<String> lines(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.UTF_8);
    return text.isEmpty() ? List.of() : List.of(text.split("(?<=\n)"));
  }
}
