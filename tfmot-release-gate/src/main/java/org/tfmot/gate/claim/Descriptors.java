package org.tfmot.gate.claim;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.ZipException;
import org.apiguardian.api.API;

/** Finds and reads descriptors. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class Descriptors {

  /** Folder of the descriptors in a jar or a folder of classes. */
  public static final String FOLDER = "META-INF/gate/";

  private Descriptors() {}

  /**
   * Reads one descriptor file.
   *
   * @throws InvalidDescriptorException naming everything that is wrong, each with the JSON pointer
   */
  public static TechniqueDescriptor read(Path file) throws IOException {
    return DescriptorReader.read(file.toString(), Files.readAllBytes(file));
  }

  /**
   * Reads every {@code META-INF/gate/*.json} of the given jars and folders, sorted by technique.
   * What is neither a jar nor a folder is passed over, as a class path does.
   *
   * @throws InvalidDescriptorException naming everything that is wrong with any of them; two
   *     descriptors of one technique among it
   */
  public static List<TechniqueDescriptor> find(Collection<Path> roots) throws IOException {
    Map<String, byte[]> documents = new LinkedHashMap<>();
    for (Path root : roots) {
      if (Files.isDirectory(root)) {
        inFolder(root, documents);
      } else if (Files.isRegularFile(root) && root.toString().endsWith(".jar")) {
        inJar(root, documents);
      }
    }
    List<String> problems = new ArrayList<>();
    List<TechniqueDescriptor> found = new ArrayList<>();
    Map<String, String> places = new HashMap<>();
    documents.forEach(
        (document, bytes) -> {
          try {
            TechniqueDescriptor descriptor = DescriptorReader.read(document, bytes);
            found.add(descriptor);
            String other = places.putIfAbsent(descriptor.technique(), document);
            if (other != null) {
              problems.add(
                  "%s at /technique: \"%s\" is described in %s too"
                      .formatted(document, descriptor.technique(), other));
            }
          } catch (InvalidDescriptorException e) {
            problems.addAll(e.problems());
          }
        });
    if (!problems.isEmpty()) {
      throw new InvalidDescriptorException("the class path", problems);
    }
    found.sort(Comparator.comparing(TechniqueDescriptor::technique));
    return List.copyOf(found);
  }

  /** As {@link #find}, on the class path of this JVM. */
  public static List<TechniqueDescriptor> onClassPath() throws IOException {
    String classPath = System.getProperty("java.class.path", "");
    return find(
        Stream.of(classPath.split(File.pathSeparator, -1))
            .filter(entry -> !entry.isEmpty())
            .map(Path::of)
            .distinct()
            .toList());
  }

  private static void inFolder(Path root, Map<String, byte[]> documents) throws IOException {
    Path folder = root.resolve(FOLDER);
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".json")).sorted().toList()) {
        documents.put(file.toString(), Files.readAllBytes(file));
      }
    }
  }

  private static void inJar(Path root, Map<String, byte[]> documents) throws IOException {
    Map<String, byte[]> sorted = new TreeMap<>();
    try (JarFile jar = new JarFile(root.toFile())) {
      for (Enumeration<JarEntry> entries = jar.entries(); entries.hasMoreElements(); ) {
        JarEntry entry = entries.nextElement();
        String name = entry.getName();
        if (name.startsWith(FOLDER)
            && name.endsWith(".json")
            && name.indexOf('/', FOLDER.length()) < 0) {
          try (InputStream in = jar.getInputStream(entry)) {
            sorted.put(root + "!/" + name, in.readAllBytes());
          }
        }
      }
    } catch (ZipException e) {
      throw new IOException(root + " is no jar: " + e.getMessage(), e);
    }
    documents.putAll(sorted);
  }
}
