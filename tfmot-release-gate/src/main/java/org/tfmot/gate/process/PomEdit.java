package org.tfmot.gate.process;

import static org.tfmot.gate.process.PomDocument.child;
import static org.tfmot.gate.process.PomDocument.childText;
import static org.tfmot.gate.process.PomDocument.isIn;
import static org.tfmot.gate.process.PomDocument.line;
import static org.tfmot.gate.process.PomDocument.text;

import eu.maveniverse.domtrip.Element;
import eu.maveniverse.domtrip.Text;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The version of one dependency in the text of a POM. Everything but the version's own characters
 * stays byte for byte as it was.
 */
final class PomEdit {

  private static final Pattern PROPERTY = Pattern.compile("\\$\\{([^}]+)}");

  private final String file;
  private final String coordinates;
  private final PomDocument pom;
  private final Element project;
  private final Set<Text> sites = new LinkedHashSet<>();
  private final TreeSet<String> alsoAffected = new TreeSet<>();
  private final String requirement;

  private PomEdit(String file, String coordinates, byte[] bytes) throws IOException {
    this.file = file;
    this.coordinates = coordinates;
    this.pom = PomDocument.parse(file, bytes);
    this.project = pom.project();
    this.requirement = find();
  }

  /**
   * Finds the version.
   *
   * @throws ProcessRefusedException if it is not in this POM, or in several places that differ
   */
  static PomEdit find(String file, byte[] bytes, String coordinates) throws IOException {
    if (coordinates.split(":", -1).length != 2) {
      throw new ProcessRefusedException(
          "\"%s\": groupId:artifactId is needed".formatted(coordinates));
    }
    return new PomEdit(file, coordinates, bytes);
  }

  private String find() {
    boolean declared = false;
    for (Element dependency : dependencies()) {
      if (coordinates.equals(coordinatesOf(dependency))) {
        declared = true;
        Element version = child(dependency, "version");
        if (version != null) {
          addSite(version);
        }
      }
    }
    if (sites.isEmpty()) {
      throw new ProcessRefusedException(
          declared
              ? "%s: %s has no version here; bump the POM that manages it"
                  .formatted(file, coordinates)
              : "%s does not depend on %s".formatted(file, coordinates));
    }
    List<String> values = sites.stream().map(PomEdit::version).distinct().toList();
    if (values.size() > 1) {
      throw new ProcessRefusedException(
          "%s asks for %s in several versions: %s; make them one first"
              .formatted(file, coordinates, values));
    }
    return values.get(0);
  }

  private static String version(Text text) {
    return text.content().strip();
  }

  private List<Element> dependencies() {
    return pom.all("dependency").stream()
        .filter(
            element ->
                isIn(element, "dependencies", "project")
                    || isIn(element, "dependencies", "profile")
                    || isIn(element, "dependencies", "dependencyManagement"))
        .toList();
  }

  private void addSite(Element version) {
    Text text = text(version);
    if (text == null) {
      throw new ProcessRefusedException(
          "%s, line %d: the version of %s is not plain text; write it without comments or CDATA"
              .formatted(file, line(version), coordinates));
    }
    Matcher property = PROPERTY.matcher(version(text));
    if (property.matches()) {
      sites.add(property(property.group(1), line(version)));
      return;
    }
    if (property.find()) {
      throw new ProcessRefusedException(
          "%s, line %d: the version %s of %s has a property in it; put the whole of it in one"
              .formatted(file, line(version), version(text), coordinates));
    }
    sites.add(text);
  }

  private Text property(String name, int line) {
    List<Element> definitions =
        pom.all(name).stream()
            .filter(e -> isIn(e, "properties", "project") || isIn(e, "properties", "profile"))
            .toList();
    if (definitions.size() != 1) {
      throw new ProcessRefusedException(
          "%s, line %d: the version of %s is ${%s}, which this POM defines %d times; %s"
              .formatted(
                  file,
                  line,
                  coordinates,
                  name,
                  definitions.size(),
                  definitions.isEmpty() ? "bump the POM that defines it" : "make it one"));
    }
    Text value = text(definitions.get(0));
    if (value == null || PROPERTY.matcher(version(value)).find()) {
      throw new ProcessRefusedException(
          "%s, line %d: the property %s is not a plain version"
              .formatted(file, line(definitions.get(0)), name));
    }
    for (Element user : pom.all("version")) {
      Text use = text(user);
      if (use != null
          && use.content().contains("${" + name + "}")
          && user.parent() instanceof Element dependency) {
        alsoAffected.add(coordinatesOf(dependency));
      }
    }
    alsoAffected.remove(coordinates);
    return value;
  }

  /** {@code groupId:artifactId} of a dependency or plugin. */
  private String coordinatesOf(Element dependency) {
    String group = childText(dependency, "groupId");
    if (group == null && dependency.localName().equals("plugin")) {
      group = "org.apache.maven.plugins";
    }
    return value(group) + ":" + value(childText(dependency, "artifactId"));
  }

  /** A text with the properties of this POM filled in. */
  private String value(@Nullable String raw) {
    if (raw == null) {
      return "";
    }
    Matcher property = PROPERTY.matcher(raw);
    return property.replaceAll(
        match -> {
          String found = lookUp(match.group(1));
          return Matcher.quoteReplacement(found == null ? match.group() : found);
        });
  }

  private @Nullable String lookUp(String name) {
    if (name.equals("project.groupId") || name.equals("groupId")) {
      String own = childText(project, "groupId");
      Element parent = child(project, "parent");
      return own != null || parent == null ? own : childText(parent, "groupId");
    }
    Element properties = child(project, "properties");
    return properties == null ? null : childText(properties, name);
  }

  /** Returns the requirement of the POM as it is. */
  String requirement() {
    return requirement;
  }

  /** Other dependencies and plugins that take their version from the same property. */
  List<String> alsoAffected() {
    return List.copyOf(alsoAffected);
  }

  /** The file with another requirement. */
  byte[] replace(String newRequirement) {
    sites.forEach(site -> site.contentPreservingWhitespace(newRequirement));
    return pom.bytes();
  }
}
