package org.tfmot.gate.report;

import java.util.ArrayList;
import java.util.List;
import org.tfmot.gate.attestation.Interval;
import org.tfmot.gate.claim.Target;
import org.tfmot.gate.engine.ClaimVerdict;
import org.tfmot.gate.engine.EvidenceLevel;
import org.tfmot.gate.engine.RunValue;
import org.tfmot.gate.ledger.RunStatus;
import org.tfmot.gate.page.Markup;

/** The three pictures of a claim. */
final class Charts {

  private Charts() {}

  /** Draws the values that each run reported, over the steps. */
  static void curves(Markup svg, ClaimVerdict verdict, List<RunCurve> curves) {
    List<Double> steps = new ArrayList<>();
    List<Double> values = new ArrayList<>();
    for (RunCurve curve : curves) {
      for (RunCurve.Point point : curve.points()) {
        steps.add((double) point.step());
        values.add(point.value());
      }
    }
    Target target = verdict.claim().target();
    double floor = target == null ? verdict.floor() : target.value();
    double documented = target == null ? verdict.documented() : target.value();
    values.add(floor);
    values.add(documented);
    if (target != null) {
      steps.add((double) target.step());
    }
    String metric = verdict.claim().metric();
    Plot plot =
        Plot.begin(
            svg,
            "curves-" + Words.slug(verdict.id()),
            "%s over the steps of %s".formatted(metric, Words.runs(curves.size())),
            target == null
                ? "Documented %s, floor %s."
                    .formatted(verdict.text(documented), verdict.text(floor))
                : "Target %s by step %d."
                    .formatted(Words.significant(target.value()), target.step()),
            Scale.around(steps, Plot.LEFT, Plot.RIGHT),
            Scale.around(values, Plot.BOTTOM, Plot.TOP));
    plot.yAxis(5);
    plot.xAxis("step", 5);
    if (target == null) {
      levels(plot, verdict);
    } else {
      plot.level(target.value(), "target", true, "documented");
      plot.mark(target.step(), "by step " + target.step(), 0, "floor");
    }
    for (RunCurve curve : curves) {
      draw(plot, curve);
    }
    plot.end();
  }

  private static void draw(Plot plot, RunCurve curve) {
    List<double[]> points = new ArrayList<>();
    for (RunCurve.Point point : curve.points()) {
      points.add(new double[] {point.step(), point.value()});
    }
    String style = curve.status() != RunStatus.OK ? "run diverged" : "run";
    plot.curve(points, style);
    RunCurve.Point last = curve.points().get(curve.points().size() - 1);
    if (Double.isFinite(last.value())) {
      plot.dot(
          last.step(),
          last.value(),
          2.5,
          style + " end",
          "run %d, seed %d: %s"
              .formatted(curve.index(), curve.seed(), Words.significant(last.value())));
    }
  }

  private static void levels(Plot plot, ClaimVerdict verdict) {
    boolean over = verdict.documented() >= verdict.floor();
    if (verdict.documented() != verdict.floor()) {
      plot.level(
          verdict.documented(),
          "documented " + verdict.text(verdict.documented()),
          over,
          "documented");
    }
    plot.level(verdict.floor(), "floor " + verdict.text(verdict.floor()), !over, "floor");
  }

  /** The evidence after each run, between its two boundaries, on a logarithmic scale. */
  static void evidence(Markup svg, ClaimVerdict verdict, EvidenceLevel level) {
    double lower = Math.log10(level.lower());
    double upper = Math.log10(level.upper());
    List<Double> values = new ArrayList<>(List.of(lower - 0.6, upper + 0.6, 0.0));
    List<double[]> points = new ArrayList<>();
    points.add(new double[] {0, 0});
    for (RunValue run : verdict.runs()) {
      Double log = run.logEvidence();
      double value = (log == null ? 0 : log) / Math.log(10);
      points.add(new double[] {points.size(), value});
      values.add(value);
    }
    int n = verdict.runs().size();
    Scale x = new Scale(-0.3, Math.max(n, 4) + 0.3, Plot.LEFT, Plot.RIGHT);
    Scale y = Scale.around(values, Plot.BOTTOM, Plot.TOP);
    Plot plot =
        Plot.begin(
            svg,
            "evidence-" + Words.slug(verdict.id()),
            "Evidence after each run",
            "Likelihood ratio of benefit holds to benefit gone after %s: %s. PASS at %s, FAIL at %s."
                .formatted(
                    Words.runs(n),
                    Words.significant(level.value()),
                    Words.significant(level.upper()),
                    Words.significant(level.lower())),
            x,
            y);
    plot.band(upper, y.max(), "pass");
    plot.band(y.min(), lower, "fail");
    int first = (int) Math.ceil(y.min());
    int last = (int) Math.floor(y.max());
    int every = Math.max(1, (int) Math.ceil((last - first) / 6.0));
    for (int power = Math.floorDiv(first, every) * every; power <= last; power += every) {
      if (power >= first) {
        plot.yTick(power, power(power));
      }
    }
    plot.xAxis("runs", 6);
    plot.level(upper, "PASS at " + Words.significant(level.upper()), true, "pass");
    plot.level(lower, "FAIL at " + Words.significant(level.lower()), false, "fail");
    plot.curve(points, "evidence");
    for (int i = 1; i < points.size(); i++) {
      RunValue run = verdict.runs().get(i - 1);
      plot.dot(
          i,
          points.get(i)[1],
          3,
          run.status() != RunStatus.OK ? "evidence end diverged" : "evidence end",
          "after run %d: %s"
              .formatted(run.index(), Words.significant(Math.pow(10, points.get(i)[1]))));
    }
    plot.end();
  }

  private static String power(int power) {
    return switch (power) {
      case -2 -> "0.01";
      case -1 -> "0.1";
      case 0 -> "1";
      case 1 -> "10";
      case 2 -> "100";
      default -> "1e" + power;
    };
  }

  /** The estimate with its interval, and each run, against floor and documented value. */
  static void forest(Markup svg, ClaimVerdict verdict, double estimate) {
    List<Double> values = new ArrayList<>(List.of(verdict.floor(), verdict.documented(), estimate));
    verdict.runs().forEach(run -> values.add(run.value()));
    Interval interval = verdict.interval();
    if (interval != null) {
      values.add(interval.low());
      values.add(interval.high());
    }
    int n = verdict.runs().size();
    Plot plot =
        Plot.begin(
            svg,
            "forest-" + Words.slug(verdict.id()),
            "Estimate of %s against floor and documented value".formatted(verdict.claim().metric()),
            "Estimate %s %s of %s, floor %s, documented %s."
                .formatted(
                    verdict.text(estimate),
                    Words.interval(verdict),
                    Words.runs(n),
                    verdict.text(verdict.floor()),
                    verdict.text(verdict.documented())),
            Scale.around(values, Plot.LEFT, Plot.RIGHT),
            new Scale(-1.6, n + 0.8 + 0.15 * n, Plot.BOTTOM, Plot.TOP));
    plot.xAxis(verdict.claim().kind().hasTarget() ? "share of runs" : verdict.claim().metric(), 5);
    plot.mark(verdict.floor(), "floor", 1, "floor");
    if (verdict.documented() != verdict.floor()) {
      plot.mark(verdict.documented(), "documented", 0, "documented");
    }
    for (int i = 0; i < n; i++) {
      RunValue run = verdict.runs().get(i);
      double row = n - 1.0 - i;
      plot.dot(
          run.value(),
          row,
          3,
          run.status() != RunStatus.OK ? "value diverged" : "value",
          "run %d: %s".formatted(run.index(), verdict.text(run.value())));
    }
    if (interval != null) {
      plot.segment(interval.low(), -1, interval.high(), -1, "interval");
    }
    plot.dot(estimate, -1, 5, "estimate", "estimate " + verdict.text(estimate));
    plot.yTickLabel(-1, n == 1 ? "value" : verdict.claim().kind().hasTarget() ? "share" : "mean");
    if (n > 1) {
      plot.yTickLabel(n - 1.0, "run " + verdict.runs().get(0).index());
      plot.yTickLabel(0, "run " + verdict.runs().get(n - 1).index());
    }
    plot.end();
  }

  /** A row of the table: the interval on a scale from floor to documented value. */
  static void strip(Markup svg, ClaimVerdict verdict, double estimate) {
    double width = 180;
    double height = 26;
    double span = verdict.documented() - verdict.floor();
    if (span == 0) {
      span = Math.max(Math.abs(verdict.floor()), 1e-9);
    }
    // Better is to the right, whichever way the metric goes.
    Scale x = new Scale(-1, 2, 6, width - 6);
    Interval interval = verdict.interval();
    double middle = relative(verdict, estimate, span);
    double low = interval == null ? middle : relative(verdict, interval.low(), span);
    double high = interval == null ? middle : relative(verdict, interval.high(), span);
    Plot.open(
        svg,
        "strip-" + Words.slug(verdict.id()),
        "Estimate between floor and documented value",
        "Estimate %s %s, floor %s, documented %s; better is to the right."
            .formatted(
                verdict.text(estimate),
                Words.interval(verdict),
                verdict.text(verdict.floor()),
                verdict.text(verdict.documented())),
        width,
        height);
    line(svg, 6, 13, width - 6, 13, "axis");
    line(svg, x.at(0), 3, x.at(0), 23, "level floor");
    line(svg, x.at(1), 3, x.at(1), 23, "level documented");
    line(svg, x.at(Math.min(low, high)), 13, x.at(Math.max(low, high)), 13, "interval");
    svg.empty(
        "circle", "class", "estimate", "cx", Markup.coordinate(x.at(middle)), "cy", 13, "r", 4.5);
    svg.close();
  }

  private static double relative(ClaimVerdict verdict, double value, double span) {
    return Math.max(-1, Math.min(2, (value - verdict.floor()) / span));
  }

  private static void line(Markup svg, double x1, double y1, double x2, double y2, String style) {
    svg.empty(
        "line",
        "class",
        style,
        "x1",
        Markup.coordinate(x1),
        "y1",
        Markup.coordinate(y1),
        "x2",
        Markup.coordinate(x2),
        "y2",
        Markup.coordinate(y2));
  }
}
