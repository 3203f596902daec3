package org.tfmot.examples.report;

import java.io.StringWriter;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/**
 * Writes HTML and SVG that is also well-formed XML; escapes every text and attribute. Attributes
 * are given as alternating names and values.
 */
final class Markup {
  private final StringWriter out = new StringWriter();
  private final XMLStreamWriter xml;

  Markup() {
    try {
      xml = XMLOutputFactory.newDefaultFactory().createXMLStreamWriter(out);
    } catch (XMLStreamException e) {
      throw new IllegalStateException(e); // not on a writer in memory
    }
  }

  /** The document type of HTML; to be called first. */
  Markup doctype() {
    return write(() -> xml.writeDTD("<!DOCTYPE html>\n"));
  }

  Markup open(String tag, Object... attributes) {
    return write(
        () -> {
          xml.writeStartElement(tag);
          attributes(attributes);
        });
  }

  /** Adds an attribute to the element just opened. */
  Markup attribute(String name, Object value) {
    return write(() -> attributes(name, value));
  }

  Markup close() {
    return write(xml::writeEndElement);
  }

  /** An element without content. In HTML only for void elements such as {@code meta}. */
  Markup empty(String tag, Object... attributes) {
    return write(
        () -> {
          xml.writeEmptyElement(tag);
          attributes(attributes);
        });
  }

  /** An element without content that HTML wants closed by an end tag, such as {@code span}. */
  Markup blank(String tag, Object... attributes) {
    return open(tag, attributes).close();
  }

  Markup text(String text) {
    return write(() -> xml.writeCharacters(legal(text)));
  }

  /** An element with nothing but text. */
  Markup element(String tag, String text, Object... attributes) {
    return open(tag, attributes).text(text).close();
  }

  Markup newline() {
    return text("\n");
  }

  private void attributes(Object... attributes) throws XMLStreamException {
    for (int i = 0; i < attributes.length; i += 2) {
      Object value = attributes[i + 1];
      String text = value instanceof Double d ? Numbers.coordinate(d) : value.toString();
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

  @Override
  public String toString() {
    try {
      xml.flush();
    } catch (XMLStreamException e) {
      throw new IllegalStateException(e);
    }
    return out.toString();
  }
}
