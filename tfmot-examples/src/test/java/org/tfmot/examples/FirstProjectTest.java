package org.tfmot.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.techniques.tflite.TfLiteModel;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** The project that the documentation shows has this build's versions, compiles and runs. */
class FirstProjectTest {

  private static final Path ROOT = Path.of("").toAbsolutePath().getParent();

  @TempDir private Path folder;

  @Test
  void pom_hasTheVersionsOfThisBuild() throws Exception {
    Map<String, String> here = versions(Files.readString(ROOT.resolve("pom.xml")));
    Map<String, String> shown = versions(block("xml"));
    for (String artifact :
        new String[] {
          "tensorflow-core-native",
          "tensorflow-lite",
          "javacpp",
          "exec-maven-plugin",
          "maven-compiler-plugin"
        }) {
      assertEquals(assertPresent(here, artifact), assertPresent(shown, artifact), artifact);
    }
    Element root = parse(Files.readString(ROOT.resolve("pom.xml")));
    assertEquals(child(root, "version"), assertPresent(shown, "tfmot-techniques"));
  }

  @Test
  void program_compilesAndMakesAFile() throws Exception {
    Path source = folder.resolve("Smaller.java");
    Files.writeString(source, block("java"));
    String classPath = System.getProperty("java.class.path");
    String[] options = {"-d", folder.toString(), "-proc:none", "-cp", classPath, source.toString()};
    assertEquals(0, ToolProvider.getSystemJavaCompiler().run(null, null, null, options));
    Path saved = folder.resolve("saved");
    model().save(saved);
    Path file = folder.resolve("model.tflite");
    PrintStream before = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
      System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
      loader
          .loadClass("Smaller")
          .getMethod("main", String[].class)
          .invoke(null, (Object) new String[] {saved.toString(), file.toString()});
    } finally {
      System.setOut(before);
    }
    String text = printed.toString(StandardCharsets.UTF_8);
    assertTrue(text.contains(TfLiteModel.read(file).size() + " bytes in"), text);
    assertTrue(text.contains("inputs [x]"), text);
  }

  private static GraphModel model() {
    return GraphModel.build(
        tf -> {
          Placeholder<TFloat32> x =
              tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 4)));
          return Endpoints.builder().input("x", x).output("y", tf.nn.relu(x)).build();
        });
  }

  private static String block(String language) throws Exception {
    String page = Files.readString(ROOT.resolve("docs/first-project.md"));
    Matcher block = Pattern.compile("(?s)```" + language + "\n(.*?)```").matcher(page);
    assertTrue(block.find(), "the page shows no " + language);
    return block.group(1);
  }

  private static Element parse(String pom) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new ByteArrayInputStream(pom.getBytes(StandardCharsets.UTF_8)))
        .getDocumentElement();
  }

  /** Returns the versions of a pom's dependencies and plugins, by artifact. */
  private static Map<String, String> versions(String pom) throws Exception {
    Element root = parse(pom);
    Map<String, String> versions = new HashMap<>();
    for (String kind : new String[] {"dependency", "plugin"}) {
      NodeList elements = root.getElementsByTagName(kind);
      for (int i = 0; i < elements.getLength(); i++) {
        Element element = (Element) elements.item(i);
        String version = child(element, "version");
        if (!version.isEmpty()) {
          versions.put(child(element, "artifactId"), resolved(root, version));
        }
      }
    }
    return versions;
  }

  private static String resolved(Element root, String version) {
    return version.startsWith("${") && !version.equals("${project.version}")
        ? child(
            (Element) root.getElementsByTagName("properties").item(0),
            version.substring(2, version.length() - 1))
        : version;
  }

  private static String child(Element element, String name) {
    NodeList children = element.getChildNodes();
    for (int i = 0; i < children.getLength(); i++) {
      if (children.item(i).getNodeName().equals(name)) {
        return children.item(i).getTextContent().strip();
      }
    }
    return "";
  }

  private static String assertPresent(Map<String, String> versions, String artifact) {
    assertNotNull(versions.get(artifact), artifact + " has no version");
    return versions.get(artifact);
  }
}
