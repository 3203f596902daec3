package org.tfmot.gate.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
  // One character for each byte: places are places in the file, whatever its encoding.
  private final String text;
  private final PomElement project;
  private final Map<Integer, PomElement.Text> sites = new LinkedHashMap<>();
  private final TreeSet<String> alsoAffected = new TreeSet<>();

  private PomEdit(String file, String coordinates, byte[] bytes) throws IOException {
    this.file = file;
    this.coordinates = coordinates;
    this.text = new String(bytes, StandardCharsets.ISO_8859_1);
    PomElement root = PomScanner.scan(file, bytes, text).child("project");
    if (root == null) {
      throw new ProcessRefusedException(file + " is no POM: its root is not <project>");
    }
    this.project = root;
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
    PomEdit edit = new PomEdit(file, coordinates, bytes);
    edit.find();
    return edit;
  }

  private void find() {
    boolean declared = false;
    for (PomElement dependency : dependencies()) {
      if (coordinates.equals(coordinatesOf(dependency))) {
        declared = true;
        PomElement version = dependency.child("version");
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
    List<String> values = sites.values().stream().map(PomElement.Text::value).distinct().toList();
    if (values.size() > 1) {
      throw new ProcessRefusedException(
          "%s asks for %s in several versions: %s; make them one first"
              .formatted(file, coordinates, values));
    }
  }

  private List<PomElement> dependencies() {
    List<PomElement> found = new ArrayList<>(project.all("dependency"));
    found.removeIf(
        element ->
            !element.in("dependencies", "project")
                && !element.in("dependencies", "profile")
                && !element.in("dependencies", "dependencyManagement"));
    return found;
  }

  private void addSite(PomElement version) {
    PomElement.Text value = version.text();
    if (value == null) {
      throw new ProcessRefusedException(
          "%s, line %d: the version of %s is not plain text; write it without comments or CDATA"
              .formatted(file, version.line, coordinates));
    }
    Matcher property = PROPERTY.matcher(value.value());
    if (property.matches()) {
      PomElement.Text site = property(property.group(1), version.line);
      sites.put(site.start(), site);
      return;
    }
    if (property.find()) {
      throw new ProcessRefusedException(
          "%s, line %d: the version %s of %s has a property in it; put the whole of it in one"
              .formatted(file, version.line, value.value(), coordinates));
    }
    sites.put(value.start(), value);
  }

  private PomElement.Text property(String name, int line) {
    List<PomElement> definitions =
        project.all(name).stream()
            .filter(e -> e.in("properties", "project") || e.in("properties", "profile"))
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
    PomElement.Text value = definitions.get(0).text();
    if (value == null || PROPERTY.matcher(value.value()).find()) {
      throw new ProcessRefusedException(
          "%s, line %d: the property %s is not a plain version"
              .formatted(file, definitions.get(0).line, name));
    }
    for (PomElement user : project.all("version")) {
      PomElement.Text use = user.text();
      if (use != null && use.value().contains("${" + name + "}") && user.parent != null) {
        alsoAffected.add(coordinatesOf(user.parent));
      }
    }
    alsoAffected.remove(coordinates);
    return value;
  }

  /** {@code groupId:artifactId} of a dependency or plugin. */
  private String coordinatesOf(PomElement dependency) {
    String group = dependency.childText("groupId");
    if (group == null && dependency.name.equals("plugin")) {
      group = "org.apache.maven.plugins";
    }
    return value(group) + ":" + value(dependency.childText("artifactId"));
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
      String own = project.childText("groupId");
      PomElement parent = project.child("parent");
      return own != null || parent == null ? own : parent.childText("groupId");
    }
    PomElement properties = project.child("properties");
    return properties == null ? null : properties.childText(name);
  }

  /** Returns the requirement of the POM as it is. */
  String requirement() {
    return sites.values().iterator().next().value();
  }

  /** Other dependencies and plugins that take their version from the same property. */
  List<String> alsoAffected() {
    return List.copyOf(alsoAffected);
  }

  /** The file with another requirement. */
  byte[] replace(String requirement) {
    StringBuilder edited = new StringBuilder(text);
    sites.values().stream()
        .sorted((a, b) -> Integer.compare(b.start(), a.start()))
        .forEach(site -> edited.replace(site.start(), site.end(), requirement));
    return edited.toString().getBytes(StandardCharsets.ISO_8859_1);
  }
}
