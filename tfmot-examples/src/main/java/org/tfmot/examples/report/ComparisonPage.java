package org.tfmot.examples.report;

import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.tfmot.gate.page.Markup;

/** The comparison as a page: headline figures, then the pictures, then every number as text. */
final class ComparisonPage {
  private final Markup out = Markup.html();
  private final ComparisonReport report;
  private final VariantResult base;

  ComparisonPage(ComparisonReport report) {
    this.report = report;
    this.base = report.baseline();
    out.open("html", "lang", "en").open("head").empty("meta", "charset", "utf-8");
    out.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
    out.element("title", report.title()).style(ComparisonPage.class, "comparison.css").close();
    out.newline().open("body");
    header();
    out.open("main");
    tiles();
    headline();
    overview();
    new TrainingSection(out, report).write();
    new LayerSection(out, report).write();
    measurements();
    skipped();
    out.close();
    footer();
    out.close().close().newline();
  }

  @Override
  public String toString() {
    return out.toString();
  }

  private void header() {
    RunEnvironment at = report.environment();
    out.open("header").element("h1", report.title());
    out.element(
        "p",
        String.format(
            "%s, %s · JDK %s · TensorFlow %s · TensorFlow Lite %s · kernels: %s · %s run, %s test"
                + " images",
            at.cpu(),
            at.cores() == 1 ? "1 core" : at.cores() + " cores",
            at.jdk(),
            at.tensorflow(),
            at.tensorflowLite(),
            at.kernels(),
            report.mode().label(),
            Numbers.count(base.testImages())),
        "class",
        "env");
    if (report.mode() == ComparisonReport.Mode.FAST) {
      out.element(
          "p",
          "Fast run: few training steps, and accuracies measured on only part of the test set: "
              + Numbers.count(base.testImages())
              + " test images.",
          "class",
          "warn");
    }
    out.close().newline();
  }

  private void tiles() {
    List<VariantResult> others =
        report.variants().stream().filter(v -> !report.isBaseline(v)).toList();
    if (others.isEmpty()) {
      return;
    }
    out.open("div", "class", "grid tiles");
    VariantResult small = best(others, v -> -v.gzipBytes());
    tile("of the gzipped size", times((double) small.gzipBytes() / base.gzipBytes()), small);
    VariantResult quick = best(others, v -> -v.latency().medianMicros());
    tile(
        "of the latency",
        times(quick.latency().medianMicros() / base.latency().medianMicros()),
        quick);
    VariantResult exact = best(others, VariantResult::top1);
    tile("points of top-1, the most accurate", points(exact), exact);
    out.close().newline();
  }

  private static VariantResult best(List<VariantResult> from, ToDoubleFunction<VariantResult> by) {
    return from.stream().max(Comparator.comparingDouble(by)).orElseThrow();
  }

  private void tile(String what, String figure, VariantResult v) {
    out.open("div", "class", "card tile")
        .element("b", figure)
        .element("span", what, "class", "line");
    out.open("span", "class", "line")
        .blank("span", "class", "key " + style(v))
        .text(v.variant() + " against float");
    out.close().close();
  }

  private void headline() {
    out.open("section", "class", "card");
    scroll("Comparison of the variants");
    out.open("table").open("thead").open("tr");
    String images = Numbers.count(base.testImages()) + " test images";
    boolean fast = report.mode() == ComparisonReport.Mode.FAST;
    for (String head :
        List.of(
            "variant",
            "top-1 (TFLite, " + (fast ? "fast run, " : "") + images + ")",
            "change, points",
            ".tflite",
            "gzipped",
            "zeros",
            "latency (median)",
            "against float")) {
      out.element("th", head, "scope", "col");
    }
    out.close().close().open("tbody");
    double largest = max(VariantResult::tfliteBytes);
    double gzipped = max(VariantResult::gzipBytes);
    double slowest = max(v -> v.latency().medianMicros());
    for (VariantResult v : report.variants()) {
      out.open("tr", "class", style(v)).open("th", "scope", "row");
      out.blank("span", "class", "key").text(v.variant()).close();
      out.element("td", Numbers.percent(v.top1(), 2));
      out.element("td", report.isBaseline(v) ? "–" : points(v));
      metered(Numbers.kilobytes(v.tfliteBytes()), v.tfliteBytes() / largest);
      metered(Numbers.kilobytes(v.gzipBytes()), v.gzipBytes() / gzipped);
      metered(Numbers.percent(v.zeroFraction(), 1), v.zeroFraction());
      double micros = v.latency().medianMicros();
      metered(Numbers.micros(micros) + " µs", micros / slowest);
      out.element("td", times(micros / base.latency().medianMicros())).close();
    }
    out.close().close().close();
    out.element(
        "p",
        String.format(
            "Latency of one image on one thread. 1 kB is 1,000 bytes. With %s the 95%% interval of"
                + " the float top-1 is ±%s points.",
            images, Numbers.points(Numbers.margin(base.top1(), base.testImages())).substring(1)),
        "class",
        "note");
    out.close().newline();
  }

  private double max(ToDoubleFunction<VariantResult> value) {
    return report.variants().stream().mapToDouble(value).max().orElseThrow();
  }

  private void metered(String text, double share) {
    out.open("td").text(text).open("span", "class", "meter");
    out.blank("i", "style", "width:" + Markup.coordinate(100 * share) + "%").close().close();
  }

  private void overview() {
    OverviewCharts charts = new OverviewCharts(out, report);
    out.open("div", "class", "grid wide").open("section", "class", "card");
    out.element("h2", "Size and accuracy", "style", "margin-top:0");
    out.element("p", "Ring: the .tflite file. Dot: the same file gzipped.", "class", "note");
    charts.size();
    out.close().open("section", "class", "card");
    out.element("h2", "Latency", "style", "margin-top:0");
    out.element("p", "Strong bar: one thread. Pale bar: two threads.", "class", "note");
    charts.latency();
    out.close().close().newline();
  }

  private void measurements() {
    out.element("h2", "Files and recipes").open("section", "class", "card");
    scroll("Files, recipes and further measurements");
    out.open("table").open("thead").open("tr");
    for (String head :
        List.of(
            "variant", "one thread, µs (p10 – p90)", "two threads, µs (p10 – p90)", "agreement")) {
      out.element("th", head, "scope", "col");
    }
    out.element("th", "recipe", "scope", "col", "class", "l");
    out.element("th", "file", "scope", "col", "class", "l").close().close().open("tbody");
    for (VariantResult v : report.variants()) {
      VariantResult.Latency two = v.latencyTwoThreads();
      Double agreement = v.agreement();
      out.open("tr", "class", style(v)).open("th", "scope", "row");
      out.blank("span", "class", "key").text(v.variant()).close();
      out.element("td", range(v.latency())).element("td", two == null ? "–" : range(two));
      out.element("td", agreement == null ? "–" : Numbers.percent(agreement, 2));
      out.element("td", v.recipe(), "class", "l wrap").open("td", "class", "l");
      out.element("a", v.fileName(), "href", Links.relative(v.fileName())).close().close();
    }
    out.close().close().close();
    out.element(
        "p",
        "Agreement: share of the test images on which the graph with simulated quantization and the"
            + " converted model predict the same class.",
        "class",
        "note");
    out.close().newline();
  }

  private void skipped() {
    if (report.skipped().isEmpty()) {
      return;
    }
    out.element("h2", "Left as it was");
    out.element("p", "Operations that a technique did not touch, and why.", "class", "note");
    out.open("section", "class", "card");
    scroll("Skipped operations");
    out.open("table").open("thead").open("tr");
    for (String head : List.of("variant", "operation", "type", "reason")) {
      out.element("th", head, "scope", "col", "class", "l");
    }
    out.close().close().open("tbody");
    for (SkippedOp op : report.skipped()) {
      out.open("tr").element("th", op.variant(), "scope", "row");
      out.open("td", "class", "l").element("code", op.op()).close();
      out.element("td", op.type(), "class", "l");
      out.element("td", op.reason(), "class", "l wrap").close();
    }
    out.close().close().close().close().newline();
  }

  private void footer() {
    out.open("footer").text("Written by TFMOT for the JVM. The same figures for programs: ");
    out.element("code", "report.json").text(".").close();
  }

  /** Opens a region that scrolls sideways on narrow screens, also by keyboard. */
  private void scroll(String label) {
    out.open("div", "class", "scroll", "tabindex", 0, "role", "region", "aria-label", label);
  }

  private static String range(VariantResult.Latency latency) {
    return String.format(
        "%s (%s – %s)",
        Numbers.micros(latency.medianMicros()),
        Numbers.micros(latency.p10Micros()),
        Numbers.micros(latency.p90Micros()));
  }

  private String style(VariantResult v) {
    return Series.style(report.variants(), v.variant());
  }

  private String points(VariantResult v) {
    return Numbers.points(v.top1() - base.top1()).replace('-', '−');
  }

  private static String times(double ratio) {
    return Numbers.ratio(ratio) + "×";
  }
}
