package org.tfmot.gate.report;

import java.util.ArrayDeque;
import java.util.Deque;

/** Writes elements that are well-formed XML and mean the same as HTML. */
final class Markup {

  private final StringBuilder out = new StringBuilder();
  private final Deque<String> open = new ArrayDeque<>();

  Markup(String prolog) {
    out.append(prolog);
  }

  /**
   * Opens an element.
   *
   * @param attributes names and values in turn
   */
  Markup open(String tag, Object... attributes) {
    begin(tag, attributes);
    out.append('>');
    open.push(tag);
    return this;
  }

  /** Closes the element that was opened last. */
  Markup close() {
    out.append("</").append(open.pop()).append(">\n");
    return this;
  }

  /** An element with text only. */
  Markup leaf(String tag, String text, Object... attributes) {
    begin(tag, attributes);
    out.append('>');
    text(text);
    out.append("</").append(tag).append(">\n");
    return this;
  }

  /** An element without content that has none in HTML either: meta, line, circle. */
  Markup empty(String tag, Object... attributes) {
    begin(tag, attributes);
    out.append("/>\n");
    return this;
  }

  Markup text(String text) {
    escape(text);
    return this;
  }

  /** Text that must not be escaped in HTML: a style sheet without &lt; and &amp;. */
  Markup raw(String text) {
    if (text.indexOf('<') >= 0 || text.indexOf('&') >= 0) {
      throw new IllegalArgumentException("the text would have to be escaped: " + text);
    }
    out.append(text);
    return this;
  }

  private void begin(String tag, Object... attributes) {
    out.append('<').append(tag);
    for (int i = 0; i < attributes.length; i += 2) {
      out.append(' ').append(attributes[i]).append("=\"");
      escape(String.valueOf(attributes[i + 1]));
      out.append('"');
    }
  }

  private void escape(String text) {
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '&' -> out.append("&amp;");
                case '"' -> out.append("&quot;");
                default -> out.appendCodePoint(allowed(c) ? c : 0xFFFD);
              }
            });
  }

  /** Returns whether XML 1.0 can hold a character; a log line may have anything. */
  private static boolean allowed(int c) {
    return c == '\t'
        || c == '\n'
        || c == '\r'
        || (c >= 0x20 && c <= 0xD7FF)
        || (c >= 0xE000 && c <= 0xFFFD)
        || c >= 0x10000;
  }

  @Override
  public String toString() {
    if (!open.isEmpty()) {
      throw new IllegalStateException("not closed: " + open);
    }
    return out.toString();
  }
}
