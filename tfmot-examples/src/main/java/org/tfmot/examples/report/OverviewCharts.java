package org.tfmot.examples.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.tfmot.gate.page.Markup;

/** Size against accuracy, and latency, of all variants. */
final class OverviewCharts {
  private static final double LABEL_HEIGHT = 15;
  private static final double BAR = 13;
  private static final int NAME = 24;

  private final Markup out;
  private final ComparisonReport report;

  OverviewCharts(Markup out, ComparisonReport report) {
    this.out = out;
    this.report = report;
  }

  /** A ring per file, a dot for the same file gzipped, and a line between the two. */
  void size() {
    List<VariantResult> variants = report.variants();
    double largest = 0;
    double low = 1;
    double high = 0;
    for (VariantResult v : variants) {
      largest = Math.max(largest, Math.max(v.tfliteBytes(), v.gzipBytes()) / 1e3);
      low = Math.min(low, v.top1());
      high = Math.max(high, v.top1());
    }
    Axis x = Axis.holding(0, largest, 5);
    Axis y = Axis.holding(Math.max(0, 100 * low - 0.05), Math.min(100, 100 * high + 0.05), 5);
    Picture picture =
        new Picture(
            out, "Top-1 accuracy against file size; data in the table", 480, 300, 30, 18, 38, 42);
    picture.yAxis(y, "top-1, %");
    picture.xAxis(x, "size, kB");
    List<Label> labels = new ArrayList<>();
    for (int i = 0; i < variants.size(); i++) {
      VariantResult v = variants.get(i);
      double py = picture.y(y, 100 * v.top1());
      double file = picture.x(x, v.tfliteBytes() / 1e3);
      double gzip = picture.x(x, v.gzipBytes() / 1e3);
      String style = Series.style(i);
      String top1 = v.variant() + ": " + Numbers.percent(v.top1(), 2) + ", ";
      picture.line(gzip, py, file, py, "link " + style);
      picture.dot(
          gzip, py, 4.5, "dot " + style, top1 + Numbers.kilobytes(v.gzipBytes()) + " gzipped");
      picture.dot(file, py, 5, "ring " + style, top1 + Numbers.kilobytes(v.tfliteBytes()));
      labels.add(new Label(Picture.tail(v.variant(), NAME), Math.max(file, gzip), py));
    }
    double half = (picture.left + picture.right) / 2;
    place(picture, labels.stream().filter(l -> l.x <= half).toList(), false);
    place(picture, labels.stream().filter(l -> l.x > half).toList(), true);
    picture.close();
  }

  private record Label(String text, double x, double y) {}

  /** Labels beside their rings, moved apart where they would overlap. */
  private static void place(Picture picture, List<Label> labels, boolean above) {
    List<Label> sorted = labels.stream().sorted(Comparator.comparingDouble(Label::y)).toList();
    double offset = above ? -9 : 4;
    double edge = labels.stream().mapToDouble(Label::x).max().orElse(0);
    double[] ys = new double[sorted.size()];
    for (int i = 0; i < ys.length; i++) {
      double wanted = sorted.get(i).y + offset;
      ys[i] = i == 0 ? wanted : Math.max(wanted, ys[i - 1] + LABEL_HEIGHT);
    }
    for (int i = ys.length - 1; i >= 0; i--) { // back up from the lower edge
      double limit = i == ys.length - 1 ? picture.bottom - 3 : ys[i + 1] - LABEL_HEIGHT;
      ys[i] = Math.min(ys[i], limit);
    }
    for (int i = 0; i < ys.length; i++) {
      Label label = sorted.get(i);
      if (above) {
        picture.text(label.x, ys[i], label.text, "name end");
      } else {
        picture.line(label.x + 6, label.y, edge + 16, ys[i] - 4, "leader");
        picture.text(edge + 19, ys[i], label.text, "name");
      }
    }
  }

  /** Bars of the medians on one and two threads, with lines from p10 to p90. */
  void latency() {
    List<VariantResult> variants = report.variants();
    double slowest = 0;
    int longest = 0;
    for (VariantResult v : variants) {
      slowest = Math.max(slowest, v.latency().p90Micros());
      VariantResult.Latency two = v.latencyTwoThreads();
      slowest = two == null ? slowest : Math.max(slowest, two.p90Micros());
      longest = Math.max(longest, v.variant().length());
    }
    double row = 2 * BAR + 16;
    double left = Math.min(190, 12 + 7.4 * longest);
    double height = 12 + row * variants.size() + 38;
    Axis x = Axis.holding(0, slowest, 4);
    Picture picture =
        new Picture(
            out,
            "Median latency of every variant; data in the table",
            480,
            height,
            12,
            62,
            38,
            left);
    picture.xAxis(x, "latency of one image, µs (median; line: p10 to p90)");
    for (int i = 0; i < variants.size(); i++) {
      VariantResult v = variants.get(i);
      double top = picture.top + i * row + 7;
      picture.text(left - 8, top + BAR + 4, Picture.tail(v.variant(), NAME), "name end");
      bar(picture, x, top, v.latency(), "one thread", "fill " + Series.style(i), v.variant());
      VariantResult.Latency two = v.latencyTwoThreads();
      if (two != null) {
        bar(picture, x, top + BAR + 2, two, "two threads", "soft " + Series.style(i), v.variant());
      }
    }
    picture.close();
  }

  private static void bar(
      Picture picture,
      Axis x,
      double top,
      VariantResult.Latency latency,
      String threads,
      String style,
      String variant) {
    double end = picture.x(x, latency.medianMicros());
    String micros = Numbers.micros(latency.medianMicros()) + " µs";
    picture.bar(
        picture.left,
        top,
        end - picture.left,
        BAR,
        style,
        variant + ", " + threads + ": " + micros);
    double middle = top + BAR / 2;
    double p90 = picture.x(x, latency.p90Micros());
    picture.line(picture.x(x, latency.p10Micros()), middle, p90, middle, "range");
    picture.text(Math.max(end, p90) + 5, middle + 4, micros, "value");
  }
}
