package org.tfmot.gate.process;

import eu.maveniverse.domtrip.ContainerNode;
import eu.maveniverse.domtrip.Document;
import eu.maveniverse.domtrip.DomTripException;
import eu.maveniverse.domtrip.Element;
import eu.maveniverse.domtrip.Node;
import eu.maveniverse.domtrip.Text;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.jspecify.annotations.Nullable;
import org.xml.sax.SAXException;
import org.xml.sax.SAXParseException;

/**
 * The text of a POM as a tree that is written back byte for byte, but for what is changed in it.
 * Java's own parser is asked first whether the file is sound XML, for domtrip takes more than that.
 */
final class PomDocument {

  // One character for each byte, whatever the encoding: so every byte is written back.
  private static final Charset BYTES = StandardCharsets.ISO_8859_1;

  private final Document document;
  private final String head;

  private PomDocument(Document document, String head) {
    this.document = document;
    this.head = head;
  }

  /**
   * Reads a POM.
   *
   * @param file its name in errors
   * @throws ProcessRefusedException if it is no sound XML, or its root is not {@code <project>}
   */
  static PomDocument parse(String file, byte[] bytes) throws IOException {
    requireSound(file, bytes);
    String text = new String(bytes, BYTES);
    // A byte order mark is no part of the document.
    int start = text.indexOf('<');
    try {
      Document document = Document.of(text.substring(start));
      if (!document.root().localName().equals("project")) {
        throw new ProcessRefusedException(file + " is no POM: its root is not <project>");
      }
      return new PomDocument(document, text.substring(0, start));
    } catch (DomTripException e) {
      throw new ProcessRefusedException(file + " is no sound POM: " + e.getMessage());
    }
  }

  private static void requireSound(String file, byte[] bytes) throws IOException {
    for (byte b : bytes) {
      if (b == 0) {
        throw new ProcessRefusedException(file + " is UTF-16 or UTF-32; save it as UTF-8");
      }
    }
    try {
      DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
      factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
      factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
      DocumentBuilder builder = factory.newDocumentBuilder();
      builder.setErrorHandler(null);
      builder.parse(new ByteArrayInputStream(bytes));
    } catch (ParserConfigurationException e) {
      throw new IllegalStateException("this Java has no secure XML parser", e);
    } catch (SAXParseException e) {
      throw new ProcessRefusedException(
          "%s, line %d: is no sound POM: %s".formatted(file, e.getLineNumber(), e.getMessage()));
    } catch (SAXException e) {
      throw new ProcessRefusedException(file + " is no sound POM: " + e.getMessage());
    }
  }

  Element project() {
    return document.root();
  }

  /** Returns all elements of this name in the project. */
  List<Element> all(String name) {
    return document.root().descendants().filter(e -> e.localName().equals(name)).toList();
  }

  /** Returns the file as it is now. */
  byte[] bytes() {
    // An element that counts as changed would have its tags written in another form.
    document.clearModified();
    return (head + document.toXml()).getBytes(BYTES);
  }

  static @Nullable Element child(Element element, String name) {
    return element
        .childElements()
        .filter(child -> child.localName().equals(name))
        .findFirst()
        .orElse(null);
  }

  /** Returns the only text of an element; null if it has none, several pieces, or CDATA. */
  static @Nullable Text text(Element element) {
    List<Text> texts =
        element
            .children()
            .filter(Text.class::isInstance)
            .map(Text.class::cast)
            .filter(text -> text.cdata() || !text.isWhitespaceOnly())
            .toList();
    return texts.size() == 1 && !texts.get(0).cdata() && !element.hasChildElements()
        ? texts.get(0)
        : null;
  }

  /** Returns the text of a child; null if there is none. */
  static @Nullable String childText(Element element, String name) {
    Element child = child(element, name);
    Text text = child == null ? null : text(child);
    return text == null ? null : text.content().strip();
  }

  /** Returns whether a chain of ancestors, from the nearest on, has these names. */
  static boolean isIn(Element element, String... ancestors) {
    Node at = element.parent();
    for (String ancestor : ancestors) {
      if (!(at instanceof Element parent) || !parent.localName().equals(ancestor)) {
        return false;
      }
      at = parent.parent();
    }
    return true;
  }

  /** Returns the line that an element begins in. */
  static int line(Element element) {
    return 1 + newlines(element.precedingWhitespace()) + linesBefore(element);
  }

  private static int linesBefore(Node node) {
    ContainerNode parent = node.parent();
    if (parent == null) {
      return 0;
    }
    int lines = linesBefore(parent) + newlines(parent.precedingWhitespace());
    if (parent instanceof Element element) {
      lines += newlines(element.originalOpenTag());
    }
    for (Node sibling : parent.children().takeWhile(child -> child != node).toList()) {
      StringBuilder text = new StringBuilder();
      sibling.toXml(text);
      lines += newlines(text.toString());
    }
    return lines;
  }

  private static int newlines(@Nullable String text) {
    return text == null ? 0 : (int) text.chars().filter(c -> c == '\n').count();
  }
}
