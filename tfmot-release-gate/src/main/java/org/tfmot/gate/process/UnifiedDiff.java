package org.tfmot.gate.process;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The unified diff of two texts with the same number of lines, which is all that a bump makes. */
final class UnifiedDiff {

  private static final int CONTEXT = 3;

  private UnifiedDiff() {}

  static String of(String name, byte[] before, byte[] after) {
    List<String> old = lines(before);
    List<String> now = lines(after);
    if (old.size() != now.size()) {
      throw new IllegalArgumentException(
          "the texts have %d and %d lines".formatted(old.size(), now.size()));
    }
    StringBuilder out = new StringBuilder("--- a/%1$s\n+++ b/%1$s\n".formatted(name));
    int line = 0;
    while (line < old.size()) {
      if (old.get(line).equals(now.get(line))) {
        line++;
        continue;
      }
      int last = lastOfHunk(old, now, line);
      int from = Math.max(0, line - CONTEXT);
      int to = Math.min(old.size(), last + CONTEXT + 1);
      out.append("@@ -%1$d,%2$d +%1$d,%2$d @@\n".formatted(from + 1, to - from));
      hunk(old, now, from, to, out);
      line = to;
    }
    return out.toString();
  }

  /** The last changed line whose context touches the one before. */
  private static int lastOfHunk(List<String> old, List<String> now, int first) {
    int last = first;
    for (int i = first; i < old.size() && i <= last + 2 * CONTEXT; i++) {
      if (!old.get(i).equals(now.get(i))) {
        last = i;
      }
    }
    return last;
  }

  private static void hunk(
      List<String> old, List<String> now, int from, int to, StringBuilder out) {
    int line = from;
    while (line < to) {
      int end = line;
      while (end < to && !old.get(end).equals(now.get(end))) {
        end++;
      }
      for (int i = line; i < end; i++) {
        append(out, '-', old.get(i));
      }
      for (int i = line; i < end; i++) {
        append(out, '+', now.get(i));
      }
      if (end == line) {
        append(out, ' ', old.get(line));
        end++;
      }
      line = end;
    }
  }

  private static void append(StringBuilder out, char mark, String line) {
    out.append(mark).append(line);
    if (!line.endsWith("\n")) {
      out.append("\n\\ No newline at end of file\n");
    }
  }

  /** The lines with their line ends. */
  private static List<String> lines(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.UTF_8);
    List<String> lines = new ArrayList<>();
    int start = 0;
    while (start < text.length()) {
      int end = text.indexOf('\n', start);
      int next = end < 0 ? text.length() : end + 1;
      lines.add(text.substring(start, next));
      start = next;
    }
    return lines;
  }
}
