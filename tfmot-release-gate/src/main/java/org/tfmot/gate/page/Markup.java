package org.tfmot.gate.page;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Writes HTML and SVG that is also well-formed XML, and XML; escapes every text and attribute.
 * Attributes are given as alternating names and values; a {@code Double} is a coordinate of a
 * picture, with one decimal.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class Markup {

  private final StringWriter out = new StringWriter();
  private final XMLStreamWriter xml;
  private int depth;

  private Markup() {
    try {
      xml = XMLOutputFactory.newDefaultFactory().createXMLStreamWriter(out);
    } catch (XMLStreamException e) {
      throw new IllegalStateException(e); // not on a writer in memory
    }
  }

  /** Returns an empty HTML document. */
  public static Markup html() {
    Markup markup = new Markup();
    return markup.write(() -> markup.xml.writeDTD("<!DOCTYPE html>\n"));
  }

  /** Returns an empty XML document, to be stored as UTF-8. */
  public static Markup xml() {
    Markup markup = new Markup();
    return markup.write(() -> markup.xml.writeStartDocument("UTF-8", "1.0")).newline();
  }

  /** Opens an element. */
  public Markup open(String tag, Object... attributes) {
    depth++;
    return write(
        () -> {
          xml.writeStartElement(tag);
          attributes(attributes);
        });
  }

  /** Adds an attribute to the element just opened. */
  public Markup attribute(String name, Object value) {
    return write(() -> attributes(name, value));
  }

  /** Closes the element that was opened last. */
  public Markup close() {
    depth--;
    return write(xml::writeEndElement);
  }

  /** Writes an element without content. In HTML only for void elements such as {@code meta}. */
  public Markup empty(String tag, Object... attributes) {
    return write(
        () -> {
          xml.writeEmptyElement(tag);
          attributes(attributes);
        });
  }

  /** Writes an element without content that HTML wants closed by an end tag, such as a span. */
  public Markup blank(String tag, Object... attributes) {
    return open(tag, attributes).close();
  }

  /** Writes text into the element just opened. */
  public Markup text(String text) {
    return write(() -> xml.writeCharacters(legal(text)));
  }

  /** Writes an element with nothing but text. */
  public Markup element(String tag, String text, Object... attributes) {
    return open(tag, attributes).text(text).close();
  }

  /** Ends the line, for people who read the source. */
  public Markup newline() {
    return text("\n");
  }

  /**
   * Writes a style element.
   *
   * @param owner a class in whose package the style sheet is a resource
   * @throws IllegalArgumentException if it holds what HTML and XML read differently
   */
  public Markup style(Class<?> owner, String name) {
    String sheet;
    try (@Nullable InputStream in = owner.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalArgumentException(
            "%s has no resource %s".formatted(owner.getPackageName(), name));
      }
      sheet = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (sheet.chars().anyMatch(c -> c == '<' || c == '>' || c == '&')) {
      throw new IllegalArgumentException(name + " holds <, > or &, which XML would escape");
    }
    return element("style", sheet);
  }

  /** Returns a coordinate as text: one decimal, no needless zero. */
  public static String coordinate(double value) {
    double rounded = Math.round(value * 10) / 10.0;
    return rounded == Math.rint(rounded) ? Long.toString((long) rounded) : Double.toString(rounded);
  }

  private void attributes(Object... attributes) throws XMLStreamException {
    for (int i = 0; i < attributes.length; i += 2) {
      Object value = attributes[i + 1];
      String text = value instanceof Double d ? coordinate(d) : value.toString();
      xml.writeAttribute(attributes[i].toString(), legal(text));
    }
  }

  /** XML has no way to write most control characters and lone surrogates. */
  private static String legal(String text) {
    StringBuilder legal = new StringBuilder(text.length());
    text.codePoints()
        .map(
            c ->
                c == '\t'
                        || c == '\n'
                        || (c >= 0x20 && c < 0xD800)
                        || (c > 0xDFFF && c < 0xFFFE)
                        || c > 0xFFFF
                    ? c
                    : 0xFFFD)
        .forEach(legal::appendCodePoint);
    return legal.toString();
  }

  private interface Write {
    void run() throws XMLStreamException;
  }

  private Markup write(Write write) {
    try {
      write.run();
      return this;
    } catch (XMLStreamException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Returns the document.
   *
   * @throws IllegalStateException if an element is open
   */
  @Override
  public String toString() {
    if (depth != 0) {
      throw new IllegalStateException(depth + " elements are not closed");
    }
    try {
      xml.flush();
    } catch (XMLStreamException e) {
      throw new IllegalStateException(e);
    }
    return out.toString();
  }
}
