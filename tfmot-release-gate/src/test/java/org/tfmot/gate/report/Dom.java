package org.tfmot.gate.report;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPathConstants;
import javax.xml.xpath.XPathFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/** Reads XML in tests. */
final class Dom {

  private Dom() {}

  /** Parses text; any error in it is thrown. Names are without namespaces. */
  static Document parse(String text) throws Exception {
    DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
    factory.setNamespaceAware(false);
    return factory.newDocumentBuilder().parse(new InputSource(new StringReader(text)));
  }

  static List<Element> all(Object node, String path) throws Exception {
    NodeList nodes =
        (NodeList)
            XPathFactory.newInstance().newXPath().evaluate(path, node, XPathConstants.NODESET);
    List<Element> elements = new ArrayList<>();
    for (int i = 0; i < nodes.getLength(); i++) {
      elements.add((Element) nodes.item(i));
    }
    return elements;
  }

  static int count(Object node, String path) throws Exception {
    return all(node, path).size();
  }

  static Element one(Object node, String path) throws Exception {
    List<Element> found = all(node, path);
    if (found.size() != 1) {
      throw new AssertionError(path + " is there " + found.size() + " times");
    }
    return found.get(0);
  }
}
