package org.tfmot.examples.report;

import java.util.ArrayList;
import java.util.List;

/** The comparison as a table of fixed width, its header on two lines to stay narrow. */
final class TextReport {
  private TextReport() {}

  static String of(ComparisonReport report) {
    VariantResult base = report.baseline();
    boolean fast = report.mode() == ComparisonReport.Mode.FAST;
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        List.of(
            "variant",
            fast ? "top-1 (TFLite, fast," : "top-1 (TFLite,",
            "change",
            ".tflite",
            "gzipped",
            "zeros",
            "latency",
            "against"));
    rows.add(
        List.of(
            "",
            Numbers.count(base.testImages()) + " test images)",
            "(points)",
            "",
            "",
            "",
            "(median)",
            "float"));
    for (VariantResult v : report.variants()) {
      rows.add(
          List.of(
              v.variant(),
              Numbers.percent(v.top1(), 2),
              report.isBaseline(v) ? "-" : Numbers.points(v.top1() - base.top1()),
              Numbers.kilobytes(v.tfliteBytes()),
              Numbers.kilobytes(v.gzipBytes()),
              Numbers.percent(v.zeroFraction(), 1),
              Numbers.micros(v.latency().medianMicros()) + " us",
              Numbers.ratio(v.latency().medianMicros() / base.latency().medianMicros()) + "x"));
    }
    StringBuilder out =
        new StringBuilder(report.title()).append(" (").append(report.mode().label());
    out.append(fast ? " run: fewer steps and fewer test images)\n\n" : " run)\n\n");
    out.append(aligned(rows, 2));
    RunEnvironment at = report.environment();
    out.append(
            "\nlatency: one image, one thread; kB = 1,000 bytes; 95% interval of float top-1: +-")
        .append(Numbers.points(Numbers.margin(base.top1(), base.testImages())).substring(1))
        .append(" points\n")
        .append(at.cpu())
        .append(", ")
        .append(at.cores())
        .append(at.cores() == 1 ? " core" : " cores")
        .append("; JDK ")
        .append(at.jdk())
        .append("; TensorFlow ")
        .append(at.tensorflow())
        .append("; TFLite ")
        .append(at.tensorflowLite())
        .append("; kernels ")
        .append(at.kernels())
        .append('\n');
    return out.toString();
  }

  /** First column to the left, the numbers to the right, a rule under the header. */
  private static String aligned(List<List<String>> rows, int headerRows) {
    int columns = rows.get(0).size();
    int[] widths = new int[columns];
    for (List<String> row : rows) {
      for (int c = 0; c < columns; c++) {
        widths[c] = Math.max(widths[c], width(row.get(c)));
      }
    }
    StringBuilder out = new StringBuilder();
    for (int r = 0; r < rows.size(); r++) {
      if (r == headerRows) {
        for (int c = 0; c < columns; c++) {
          out.append(c == 0 ? "|:" : "|-").append("-".repeat(widths[c])).append(c == 0 ? "-" : ":");
        }
        out.append("|\n");
      }
      for (int c = 0; c < columns; c++) {
        String cell = rows.get(r).get(c);
        String padding = " ".repeat(widths[c] - width(cell));
        out.append("| ").append(c == 0 ? cell + padding : padding + cell).append(' ');
      }
      out.append("|\n");
    }
    return out.toString();
  }

  private static int width(String cell) {
    return cell.codePointCount(0, cell.length());
  }
}
