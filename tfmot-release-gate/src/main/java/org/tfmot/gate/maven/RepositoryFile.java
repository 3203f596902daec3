package org.tfmot.gate.maven;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apiguardian.api.API;

/**
 * A file of a Maven repository, by its place there: the name that evidence and attestations know it
 * by.
 *
 * @param groupId of its artifact
 * @param artifactId of its artifact
 * @param version of its artifact; a snapshot's without time stamp
 * @param classifier empty for none
 * @param extension such as {@code jar} or {@code pom}
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public record RepositoryFile(
    String groupId, String artifactId, String version, String classifier, String extension) {

  private static final Pattern COORDINATES = Pattern.compile("([^:/]+):([^:/]+):([^:/]+)");

  /**
   * The POM of {@code groupId:artifactId:version}.
   *
   * @throws IllegalArgumentException if the text is not of that form
   */
  public static RepositoryFile pom(String coordinates) {
    Matcher matcher = COORDINATES.matcher(coordinates.strip());
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "\"%s\" are no coordinates: write groupId:artifactId:version".formatted(coordinates));
    }
    return new RepositoryFile(matcher.group(1), matcher.group(2), matcher.group(3), "", "pom");
  }

  /**
   * Reads what {@link #name} wrote.
   *
   * @throws IllegalArgumentException if the name is not of that form
   */
  public static RepositoryFile parse(String name) {
    String[] parts = name.split("/", -1);
    if (parts.length >= 4) {
      String file = parts[parts.length - 1];
      String version = parts[parts.length - 2];
      String artifactId = parts[parts.length - 3];
      String groupId = String.join(".", List.of(parts).subList(0, parts.length - 3));
      String stem = artifactId + "-" + version;
      if (file.startsWith(stem + ".")) {
        return new RepositoryFile(
            groupId, artifactId, version, "", file.substring(stem.length() + 1));
      }
      int dot = file.indexOf('.', stem.length());
      if (file.startsWith(stem + "-") && dot > 0) {
        return new RepositoryFile(
            groupId,
            artifactId,
            version,
            file.substring(stem.length() + 1, dot),
            file.substring(dot + 1));
      }
    }
    throw new IllegalArgumentException(
        "\"%s\" is no file of a Maven repository: group/artifact/version/artifact-version.type"
            .formatted(name));
  }

  /** Another file of the same artifact. */
  public RepositoryFile beside(String otherClassifier, String otherExtension) {
    return new RepositoryFile(groupId, artifactId, version, otherClassifier, otherExtension);
  }

  /** {@code org/tfmot/tfmot-api/0.1.0/tfmot-api-0.1.0.jar}. */
  public String name() {
    return "%s/%s/%s/%s-%s%s.%s"
        .formatted(
            groupId.replace('.', '/'),
            artifactId,
            version,
            artifactId,
            version,
            classifier.isEmpty() ? "" : "-" + classifier,
            extension);
  }

  /** {@code groupId:artifactId:version}. */
  public String coordinates() {
    return "%s:%s:%s".formatted(groupId, artifactId, version);
  }
}
