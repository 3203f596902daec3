package org.tfmot.examples.report;

import java.util.ArrayList;
import java.util.List;
import org.tfmot.gate.page.Markup;

/** One quantity of a training run against its step. */
final class CurveChart {
  /** More points than pixels only make a band of ink; neighbours are averaged down to this. */
  private static final int POINTS = 160;

  private CurveChart() {}

  static void draw(
      Markup out, String name, String quantity, List<TrainingCurve.Point> all, String style) {
    List<TrainingCurve.Point> points = averaged(all, POINTS);
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (TrainingCurve.Point p : points) {
      low = Math.min(low, p.value());
      high = Math.max(high, p.value());
    }
    Axis x = Axis.holding(0, (double) points.get(points.size() - 1).step(), 3);
    if (low == high && quantity.endsWith("%")) {
      // Equal values have room around them, but no percentage goes over 100.
      double room = Math.min(5, 100 - low);
      low -= 5;
      high += room;
    }
    Axis y = Axis.holding(low, high, 4);
    String description = quantity + " of " + name + " against step; data in the table below";
    Picture picture = new Picture(out, description, 260, 180, 28, 14, 36, 44);
    picture.yAxis(y, quantity);
    picture.xAxis(x, "step");
    StringBuilder path = new StringBuilder();
    for (TrainingCurve.Point p : points) {
      path.append(path.length() == 0 ? "M" : "L")
          .append(Markup.coordinate(picture.x(x, (double) p.step())))
          .append(' ')
          .append(Markup.coordinate(picture.y(y, p.value())));
    }
    picture.path(path, "curve " + style);
    if (points.size() <= 30) { // measured now and then: show when
      for (TrainingCurve.Point p : points) {
        String title = "step " + Numbers.count(p.step()) + ": " + Numbers.plain(p.value());
        picture.dot(
            picture.x(x, (double) p.step()), picture.y(y, p.value()), 3, "dot " + style, title);
      }
    }
    picture.close();
  }

  /** Means of equally long runs of points, each at the last step of its run. */
  static List<TrainingCurve.Point> averaged(List<TrainingCurve.Point> points, int most) {
    int run = (points.size() + most - 1) / most;
    List<TrainingCurve.Point> averaged = new ArrayList<>();
    for (int from = 0; from < points.size(); from += run) {
      int to = Math.min(from + run, points.size());
      double sum = 0;
      for (TrainingCurve.Point p : points.subList(from, to)) {
        sum += p.value();
      }
      averaged.add(new TrainingCurve.Point(points.get(to - 1).step(), sum / (to - from)));
    }
    return averaged;
  }
}
