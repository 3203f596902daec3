package org.tfmot.gate.report;

import java.math.BigDecimal;
import java.util.List;
import org.tfmot.gate.page.Markup;

/** The frame of a chart: its title for those who cannot see it, axes, lines. */
final class Plot {

  static final double WIDTH = 420;
  static final double HEIGHT = 250;
  static final double LEFT = 62;
  static final double RIGHT = WIDTH - 14;
  static final double TOP = 16;
  static final double BOTTOM = HEIGHT - 42;

  private final Markup svg;
  private final Scale x;
  private final Scale y;

  private Plot(Markup svg, Scale x, Scale y) {
    this.svg = svg;
    this.x = x;
    this.y = y;
  }

  /** Opens the image; {@link #end} closes it. */
  static Plot begin(Markup svg, String id, String title, String description, Scale x, Scale y) {
    open(svg, id, title, description, WIDTH, HEIGHT);
    return new Plot(svg, x, y);
  }

  static void open(
      Markup svg, String id, String title, String description, double width, double height) {
    svg.open(
        "svg",
        "xmlns",
        "http://www.w3.org/2000/svg",
        "viewBox",
        "0 0 %s %s".formatted(Markup.coordinate(width), Markup.coordinate(height)),
        "role",
        "img",
        "aria-labelledby",
        id + "-title " + id + "-desc");
    svg.element("title", title, "id", id + "-title");
    svg.element("desc", description, "id", id + "-desc");
  }

  void end() {
    svg.close();
  }

  void xAxis(String name, int about) {
    line(LEFT, BOTTOM, RIGHT, BOTTOM, "axis");
    for (BigDecimal tick : x.ticks(about)) {
      xTick(tick.doubleValue(), Scale.text(tick));
    }
    svg.element(
        "text",
        name,
        "class",
        "name",
        "x",
        Markup.coordinate((LEFT + RIGHT) / 2),
        "y",
        Markup.coordinate(HEIGHT - 6),
        "text-anchor",
        "middle");
  }

  void xTick(double value, String text) {
    double at = x.at(value);
    line(at, BOTTOM, at, BOTTOM + 4, "axis");
    label(text, at, BOTTOM + 17, "middle", "tick");
  }

  void yAxis(int about) {
    for (BigDecimal tick : y.ticks(about)) {
      yTick(tick.doubleValue(), Scale.text(tick));
    }
  }

  void yTick(double value, String text) {
    double at = y.at(value);
    line(LEFT, at, RIGHT, at, "grid");
    label(text, LEFT - 6, at + 4, "end", "tick");
  }

  /** A name on the axis, without a line. */
  void yTickLabel(double value, String text) {
    label(text, LEFT - 6, y.at(value) + 4, "end", "tick");
  }

  /** A value across the chart; its name over or under it on the left, where curves begin. */
  void level(double value, String name, boolean over, String style) {
    double at = y.at(value);
    line(LEFT, at, RIGHT, at, "level " + style);
    label(name, LEFT + 6, over ? at - 5 : at + 13, "start", "level-name " + style);
  }

  /**
   * A value of x from bottom to top.
   *
   * @param row 0 or 1: names of values that are close to each other stand in different rows
   */
  void mark(double value, String name, int row, String style) {
    double at = x.at(value);
    line(at, TOP, at, BOTTOM, "level " + style);
    boolean left = at > (LEFT + RIGHT) / 2;
    label(
        name,
        left ? at - 5 : at + 5,
        TOP + 10 + 14 * row,
        left ? "end" : "start",
        "level-name " + style);
  }

  /** A band between two values of y. */
  void band(double low, double high, String style) {
    double top = Math.max(TOP, y.at(high));
    double bottom = Math.min(BOTTOM, y.at(low));
    svg.empty(
        "rect",
        "class",
        "band " + style,
        "x",
        Markup.coordinate(LEFT),
        "y",
        Markup.coordinate(top),
        "width",
        Markup.coordinate(RIGHT - LEFT),
        "height",
        Markup.coordinate(Math.max(0, bottom - top)));
  }

  /** A line through points; what is not finite is left out. */
  void curve(List<double[]> points, String style) {
    StringBuilder text = new StringBuilder();
    for (double[] point : points) {
      if (Double.isFinite(point[1])) {
        text.append(Markup.coordinate(x.at(point[0])))
            .append(',')
            .append(Markup.coordinate(y.at(point[1])))
            .append(' ');
      }
    }
    svg.empty("polyline", "class", style, "points", text.toString().strip());
  }

  void dot(double atX, double atY, double radius, String style, String title) {
    svg.open(
        "circle",
        "class",
        style,
        "cx",
        Markup.coordinate(x.at(atX)),
        "cy",
        Markup.coordinate(y.at(atY)),
        "r",
        Markup.coordinate(radius));
    svg.element("title", title);
    svg.close();
  }

  /** A line between values. */
  void segment(double x1, double y1, double x2, double y2, String style) {
    line(x.at(x1), y.at(y1), x.at(x2), y.at(y2), style);
  }

  void label(String text, double atX, double atY, String anchor, String style) {
    svg.element(
        "text",
        text,
        "class",
        style,
        "x",
        Markup.coordinate(atX),
        "y",
        Markup.coordinate(atY),
        "text-anchor",
        anchor);
  }

  private void line(double x1, double y1, double x2, double y2, String style) {
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
