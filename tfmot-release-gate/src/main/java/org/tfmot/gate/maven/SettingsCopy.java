package org.tfmot.gate.maven;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.transform.TransformerException;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/**
 * Copies Maven's settings without the properties of their profiles, which would be in a build
 * although no commit has them. Repositories, servers, mirrors and proxies stay; variables of the
 * environment in them are replaced by their values.
 */
final class SettingsCopy {

  private static final Pattern VARIABLE = Pattern.compile("\\$\\{env\\.([^}]+)}");

  private SettingsCopy() {}

  /**
   * Writes a copy that only this user can read, for it may hold passwords.
   *
   * @throws IOException if the settings cannot be read
   */
  static Path of(Path settings, Map<String, String> environment) throws IOException {
    try {
      DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
      factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
      factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
      Document document = factory.newDocumentBuilder().parse(settings.toFile());
      NodeList properties = document.getElementsByTagName("properties");
      while (properties.getLength() > 0) {
        Node node = properties.item(0);
        node.getParentNode().removeChild(node);
      }
      replaceVariables(document.getDocumentElement(), environment);
      Path copy = Files.createTempFile("settings", ".xml");
      TransformerFactory.newInstance()
          .newTransformer()
          .transform(new DOMSource(document), new StreamResult(copy.toFile()));
      return copy;
    } catch (ParserConfigurationException | SAXException | TransformerException e) {
      throw new IOException("%s cannot be read: %s".formatted(settings, e.getMessage()), e);
    }
  }

  private static void replaceVariables(Element element, Map<String, String> environment) {
    NodeList children = element.getChildNodes();
    for (int i = 0; i < children.getLength(); i++) {
      Node child = children.item(i);
      if (child instanceof Element inner) {
        replaceVariables(inner, environment);
      } else if (child.getNodeType() == Node.TEXT_NODE) {
        child.setNodeValue(
            VARIABLE
                .matcher(child.getNodeValue())
                .replaceAll(
                    found ->
                        Matcher.quoteReplacement(
                            environment.getOrDefault(found.group(1), found.group()))));
      }
    }
  }
}
