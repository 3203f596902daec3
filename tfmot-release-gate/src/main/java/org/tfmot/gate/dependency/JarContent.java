package org.tfmot.gate.dependency;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Enumeration;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.claim.Descriptors;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.json.InvalidJsonException;
import org.tfmot.gate.json.Json;

/**
 * Content of a jar under test.
 *
 * @param name {@code groupId:artifactId}, with {@code :classifier} if there is one: the version of
 *     a jar changes nothing that is in it
 * @param classes name to digest, see {@link ClassDigest}
 * @param resources every other file by its name, without Maven's own descriptors and those of
 *     techniques
 * @param descriptors technique to digest of the descriptor that states its claims
 */
record JarContent(
    String name,
    SortedMap<String, Digest> classes,
    SortedMap<String, Digest> resources,
    SortedMap<String, Digest> descriptors) {

  private static final String CLASS = ".class";
  private static final String META = "META-INF/";
  private static final String MAVEN = "META-INF/maven/";

  JarContent {
    classes = Collections.unmodifiableSortedMap(new TreeMap<>(classes));
    resources = Collections.unmodifiableSortedMap(new TreeMap<>(resources));
    descriptors = Collections.unmodifiableSortedMap(new TreeMap<>(descriptors));
  }

  static JarContent read(String name, Path file) throws IOException {
    SortedMap<String, Digest> classes = new TreeMap<>();
    SortedMap<String, Digest> resources = new TreeMap<>();
    SortedMap<String, Digest> descriptors = new TreeMap<>();
    try (JarFile jar = new JarFile(file.toFile())) {
      for (Enumeration<JarEntry> entries = jar.entries(); entries.hasMoreElements(); ) {
        JarEntry entry = entries.nextElement();
        String path = entry.getName();
        if (entry.isDirectory() || path.startsWith(MAVEN)) {
          continue;
        }
        byte[] bytes;
        try (InputStream in = jar.getInputStream(entry)) {
          bytes = in.readAllBytes();
        }
        String technique = technique(path, bytes);
        if (technique != null && !descriptors.containsKey(technique)) {
          descriptors.put(technique, Digest.of(bytes));
        } else if (path.endsWith(CLASS) && !path.startsWith(META)) {
          classes.put(className(path), ClassDigest.of(bytes));
        } else {
          resources.put(path, Digest.of(bytes));
        }
      }
    }
    return new JarContent(name, classes, resources, descriptors);
  }

  private static String className(String path) {
    return path.substring(0, path.length() - CLASS.length()).replace('/', '.');
  }

  /** Returns whose claims a file states; null if it is no descriptor. */
  private static @Nullable String technique(String path, byte[] bytes) {
    if (!path.startsWith(Descriptors.FOLDER) || !path.endsWith(".json")) {
      return null;
    }
    try {
      String technique = Json.parse(path, bytes, JsonNode.class).path("technique").asText("");
      return technique.isEmpty() ? null : technique;
    } catch (InvalidJsonException e) {
      return null;
    }
  }
}
