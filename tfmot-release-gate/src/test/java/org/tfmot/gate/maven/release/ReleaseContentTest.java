package org.tfmot.gate.maven.release;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReleaseContentTest {

  private static final String BASE = "example/packing/1.0.0/packing-1.0.0";

  @TempDir Path folder;
  private final SortedMap<String, Path> files = new TreeMap<>();
  private Path tested;

  @BeforeEach
  void make() throws IOException {
    tested = jar("tested.jar", "example/Packing.class");
    files.put(BASE + ".jar", Files.copy(tested, folder.resolve("copy.jar")));
    files.put(BASE + ".pom", Files.writeString(folder.resolve("pom.xml"), "<project/>"));
  }

  private Path jar(String name, String entry) throws IOException {
    Path file = folder.resolve(name);
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      zip.putNextEntry(new ZipEntry(entry));
      zip.write(name.getBytes(StandardCharsets.UTF_8));
    }
    return file;
  }

  private String refusal() {
    return String.valueOf(
        assertThrows(
                IllegalStateException.class,
                () -> new ReleaseContent(files).requireSeen(List.of(tested)))
            .getMessage());
  }

  @Test
  void testedJars_withPomSourcesJavadocAndSignatures_areTaken() throws IOException {
    files.put(BASE + "-sources.jar", jar("sources.jar", "example/Packing.java"));
    files.put(BASE + "-javadoc.jar", jar("javadoc.jar", "example/Packing.html"));
    files.put(BASE + "-gate-ledger.jsonl", folder.resolve("pom.xml"));
    files.put(BASE + "-gate.intoto.jsonl", folder.resolve("pom.xml"));
    for (String name : List.copyOf(files.keySet())) {
      files.put(name + ".asc", folder.resolve("pom.xml"));
      files.put(name + ".sigstore.json", folder.resolve("pom.xml"));
    }
    assertDoesNotThrow(() -> new ReleaseContent(files).requireSeen(List.of(tested)));
  }

  @Test
  void whatNoTestSaw_isRefusedByName() throws IOException {
    files.put(BASE + "-all.jar", jar("all.jar", "example/Packing.class"));
    files.put(BASE + "-bundle.zip", jar("bundle.zip", "example/Packing.txt"));
    files.put("example/other/1.0.0/other-1.0.0.jar", jar("other.jar", "example/Other.class"));
    String refusal = refusal();
    assertTrue(refusal.contains(BASE + "-all.jar"), refusal);
    assertTrue(refusal.contains(BASE + "-bundle.zip"), refusal);
    assertTrue(refusal.contains("other-1.0.0.jar"), refusal);
    assertFalse(refusal.contains(BASE + ".jar"), refusal);
  }

  @Test
  void companionWithClasses_andSignatureOfNothing_areRefused() throws IOException {
    files.put(BASE + "-sources.jar", jar("sources.jar", "example/Packing.class"));
    assertTrue(refusal().contains(BASE + "-sources.jar"));
    files.remove(BASE + "-sources.jar");
    files.put(BASE + "-none.jar.asc", folder.resolve("pom.xml"));
    assertTrue(refusal().contains(BASE + "-none.jar.asc"));
  }
}
