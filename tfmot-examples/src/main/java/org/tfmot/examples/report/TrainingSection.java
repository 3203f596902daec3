package org.tfmot.examples.report;

import java.util.List;
import org.tfmot.gate.page.Markup;

/** Loss and accuracy against step, per training run. */
final class TrainingSection {
  private static final int TABLE_ROWS = 12;

  private final Markup out;
  private final ComparisonReport report;

  TrainingSection(Markup out, ComparisonReport report) {
    this.out = out;
    this.report = report;
  }

  void write() {
    if (report.curves().isEmpty()) {
      return;
    }
    out.element("h2", "Training");
    out.element(
        "p",
        "Top-1 is measured on images held out from the training set, never on test images. Where"
            + " there are more steps than pixels, a point is the mean of its neighbours.",
        "class",
        "note");
    out.open("div", "class", "grid wide");
    for (TrainingCurve curve : report.curves()) {
      String style = Series.style(report.variants(), curve.name());
      out.open("section", "class", "card").open("h3", "class", style);
      out.blank("span", "class", "key").text(curve.name()).close();
      out.open("div", "class", "pair");
      CurveChart.draw(out, curve.name(), "loss", curve.loss(), style);
      List<TrainingCurve.Point> percent =
          curve.top1().stream()
              .map(p -> new TrainingCurve.Point(p.step(), 100 * p.value()))
              .toList();
      if (!percent.isEmpty()) {
        CurveChart.draw(out, curve.name(), "held-out top-1, %", percent, style);
      }
      out.close().open("details").element("summary", "Figures");
      out.open("div", "class", "pair");
      table("loss", CurveChart.averaged(curve.loss(), TABLE_ROWS));
      if (!percent.isEmpty()) {
        table("held-out top-1, %", CurveChart.averaged(percent, 60));
      }
      out.close().close().close();
    }
    out.close().newline();
  }

  private void table(String quantity, List<TrainingCurve.Point> points) {
    out.open("table").open("thead").open("tr").element("th", "step", "scope", "col");
    out.element("th", quantity, "scope", "col").close().close().open("tbody");
    for (TrainingCurve.Point p : points) {
      out.open("tr").element("td", Numbers.count(p.step()));
      out.element("td", Numbers.plain(p.value())).close();
    }
    out.close().close();
  }
}
