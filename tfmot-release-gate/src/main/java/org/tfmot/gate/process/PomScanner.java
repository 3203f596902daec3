package org.tfmot.gate.process;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Objects;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.jspecify.annotations.Nullable;
import org.xml.sax.SAXException;
import org.xml.sax.SAXParseException;

/**
 * Finds the elements of a POM and their places in the file. A parser would do but for the places:
 * what it says of offsets does not survive CRLF. It is asked first whether the file is sound XML,
 * so that this one need not ask.
 */
final class PomScanner {

  private final String text;
  private int at;
  private int line = 1;

  private PomScanner(String text) {
    this.text = text;
  }

  /**
   * @param bytes the file
   * @param text the same, one character for each byte
   */
  static PomElement scan(String file, byte[] bytes, String text) throws IOException {
    checkSound(file, bytes);
    return new PomScanner(text).root();
  }

  private static void checkSound(String file, byte[] bytes) throws IOException {
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

  private PomElement root() {
    PomElement document = new PomElement("", null, 1);
    @Nullable PomElement open = document;
    while (at < text.length()) {
      int tag = text.indexOf('<', at);
      int end = tag < 0 ? text.length() : tag;
      Objects.requireNonNull(open).addText(text, at, end);
      moveTo(end);
      if (tag < 0) {
        break;
      }
      if (text.startsWith("<!--", at)) {
        moveBehind("-->", 4);
      } else if (text.startsWith("<![CDATA[", at)) {
        open.mark();
        moveBehind("]]>", 9);
      } else if (text.startsWith("<?", at)) {
        moveBehind("?>", 2);
      } else if (text.startsWith("</", at)) {
        open = open.parent;
        moveBehind(">", 2);
      } else {
        open = open(open);
      }
    }
    return document;
  }

  private PomElement open(PomElement parent) {
    int begin = at + 1;
    int end = begin;
    while ("/> \t\r\n".indexOf(text.charAt(end)) < 0) {
      end++;
    }
    String qualified = text.substring(begin, end);
    String name = qualified.substring(qualified.indexOf(':') + 1);
    PomElement element = new PomElement(name, parent, line);
    parent.children.add(element);
    // A > in an attribute does not end the tag.
    char quote = 0;
    int close = end;
    for (; quote != 0 || text.charAt(close) != '>'; close++) {
      char c = text.charAt(close);
      if (quote == 0 && (c == '"' || c == '\'')) {
        quote = c;
      } else if (c == quote) {
        quote = 0;
      }
    }
    moveTo(close + 1);
    return text.charAt(close - 1) == '/' ? parent : element;
  }

  private void moveBehind(String end, int skip) {
    moveTo(text.indexOf(end, at + skip) + end.length());
  }

  private void moveTo(int to) {
    for (; at < to; at++) {
      if (text.charAt(at) == '\n') {
        line++;
      }
    }
  }
}
