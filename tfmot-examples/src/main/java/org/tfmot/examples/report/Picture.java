package org.tfmot.examples.report;

import org.tfmot.gate.page.Markup;

/**
 * An inline SVG picture with a plotting area inside margins. Colours come from the style sheet, by
 * class, so that a picture follows the light or dark theme of the page.
 */
final class Picture {
  private static final double TICK_GAP = 6;

  private final Markup out;
  final double left;
  final double top;
  final double right;
  final double bottom;

  /**
   * Opens the picture.
   *
   * @param description what a screen reader says instead of the picture
   * @param margins top, right, bottom, left
   */
  Picture(Markup out, String description, double width, double height, double... margins) {
    this.out = out;
    top = margins[0];
    right = width - margins[1];
    bottom = height - margins[2];
    left = margins[3];
    String box = "0 0 " + Markup.coordinate(width) + " " + Markup.coordinate(height);
    out.open("svg", "viewBox", box, "role", "img", "aria-label", description);
  }

  void close() {
    out.close().newline();
  }

  /** Vertical grid lines with labels below, and the title of the axis under them. */
  void xAxis(Axis axis, String title) {
    for (double tick : axis.ticks()) {
      double x = x(axis, tick);
      line(x, top, x, bottom, "grid");
      text(x, bottom + 14, axis.label(tick), "tick mid");
    }
    text((left + right) / 2, bottom + 30, title, "axis mid");
  }

  /** Horizontal grid lines with labels to the left, and the title of the axis above. */
  void yAxis(Axis axis, String title) {
    for (double tick : axis.ticks()) {
      double y = y(axis, tick);
      line(left, y, right, y, "grid");
      text(left - TICK_GAP, y + 3.5, axis.label(tick), "tick end");
    }
    text(TICK_GAP, top - 10, title, "axis");
  }

  double x(Axis axis, double value) {
    return axis.at(value, left, right);
  }

  double y(Axis axis, double value) {
    return axis.at(value, bottom, top);
  }

  void line(double x1, double y1, double x2, double y2, String style) {
    out.empty("line", "x1", x1, "y1", y1, "x2", x2, "y2", y2, "class", style);
  }

  void text(double x, double y, String text, String style) {
    out.element("text", text, "x", x, "y", y, "class", style);
  }

  /** A bar whose title appears under the pointer. */
  void bar(double x, double y, double width, double height, String style, String title) {
    out.open("rect", "x", x, "y", y, "width", Math.max(width, 0.5), "height", height, "rx", 2.0);
    titled(style, title);
  }

  void dot(double x, double y, double radius, String style, String title) {
    out.open("circle", "cx", x, "cy", y, "r", radius);
    titled(style, title);
  }

  void path(CharSequence data, String style) {
    out.empty("path", "d", data, "class", style);
  }

  /** The end of a text that would need too much room; names differ in their ends. */
  static String tail(String text, int length) {
    return text.length() <= length ? text : "…" + text.substring(text.length() - length + 1);
  }

  private void titled(String style, String title) {
    out.attribute("class", style).element("title", title).close();
  }
}
