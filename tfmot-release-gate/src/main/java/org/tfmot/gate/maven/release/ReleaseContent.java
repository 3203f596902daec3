package org.tfmot.gate.maven.release;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.jar.JarFile;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.maven.RepositoryFile;

/**
 * Files that a release uploads, and the reason for each: a test ran on it, or it is known to hold
 * nothing that runs. An attestation speaks of all files, and must not prove what no test saw.
 *
 * @param files by repository name
 */
record ReleaseContent(SortedMap<String, Path> files) {

  private static final Set<String> COMPANIONS = Set.of("sources", "javadoc", "test-sources");
  private static final List<String> SIGNATURES = List.of(".asc", ".sigstore.json", ".sigstore");

  /**
   * Refuses files that no test saw.
   *
   * @param classPath of the convergence tests
   * @throws IllegalStateException naming each such file
   */
  void requireSeen(Collection<Path> classPath) throws IOException {
    Set<Digest> seen = new HashSet<>();
    for (Path file : classPath) {
      seen.add(Digest.of(file));
    }
    List<String> unseen = new ArrayList<>();
    for (Map.Entry<String, Path> file : files.entrySet()) {
      if (!isKnown(file.getKey(), file.getValue()) && !seen.contains(Digest.of(file.getValue()))) {
        unseen.add(file.getKey());
      }
    }
    if (!unseen.isEmpty()) {
      throw new IllegalStateException(
          ("not attested: no test had %s on its class path, and what no test saw is not proven."
                  + " Let the module with the convergence tests depend on it, or release it by a"
                  + " build of its own")
              .formatted(String.join(", ", unseen)));
    }
  }

  private boolean isKnown(String name, Path path) throws IOException {
    if (ReleaseFiles.isAttestation(name)
        || ReleaseFiles.isLedger(name)
        || ReleaseFiles.isDependencies(name)
        || isSignature(name, files.keySet())) {
      return true;
    }
    RepositoryFile file = RepositoryFile.parse(name);
    return switch (file.extension()) {
      case "pom" -> file.classifier().isEmpty();
      case "jar" -> COMPANIONS.contains(file.classifier()) && !hasClasses(path);
      default -> false;
    };
  }

  /**
   * Returns whether a file is the signature of another.
   *
   * @param names of all files
   */
  static boolean isSignature(String name, Set<String> names) {
    return SIGNATURES.stream()
        .anyMatch(
            suffix ->
                name.endsWith(suffix)
                    && names.contains(name.substring(0, name.length() - suffix.length())));
  }

  private static boolean hasClasses(Path path) throws IOException {
    try (JarFile jar = new JarFile(path.toFile())) {
      return jar.stream().anyMatch(entry -> entry.getName().endsWith(".class"));
    }
  }
}
