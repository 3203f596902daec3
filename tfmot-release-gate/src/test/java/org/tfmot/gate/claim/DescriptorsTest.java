package org.tfmot.gate.claim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.tfmot.gate.json.Json;

class DescriptorsTest {

  @TempDir Path folder;

  private static ObjectNode tree() {
    return Json.mapper().valueToTree(Claims.pruning());
  }

  private Path write(Object descriptor) throws IOException {
    Path file = folder.resolve("pruning.json");
    Json.write(file, descriptor);
    return file;
  }

  private List<String> problems(Object descriptor) throws IOException {
    Path file = write(descriptor);
    List<String> problems =
        assertThrows(InvalidDescriptorException.class, () -> Descriptors.read(file)).problems();
    assertTrue(problems.stream().allMatch(p -> p.startsWith(file + " at /")), problems::toString);
    return problems.stream().map(p -> p.substring((file + " at ").length())).toList();
  }

  @Test
  void read_written_isEqual() throws IOException {
    assertEquals(Claims.pruning(), Descriptors.read(write(Claims.pruning())));
    assertEquals("ada", Descriptors.read(write(Claims.pruning())).onCall().name());
  }

  @Test
  void read_aBoundedMean_hasItsBestValue_orNone() throws IOException {
    Claims.Draft draft = new Claims.Draft();
    Claims.bounded(draft);
    TechniqueDescriptor bounded = Claims.descriptor("pruning", claims -> List.of(draft.claim()));
    assertEquals(bounded, Descriptors.read(write(bounded)));
    ObjectNode tree = Json.mapper().valueToTree(bounded);
    ((ObjectNode) tree.at("/claims/0")).remove("best");
    assertNull(Descriptors.read(write(tree)).claims().get(0).best());
    ((ObjectNode) tree.at("/claims/0")).put("best", "one");
    assertEquals(
        List.of("/claims/0/best: is the text \"one\", a number is needed"), problems(tree));
  }

  @Test
  void read_withoutWhatMayBeMissing_isRead() throws IOException {
    ObjectNode tree = tree();
    tree.remove("supports");
    ((ObjectNode) tree.at("/claims/1")).remove(List.of("target", "calibration"));
    TechniqueDescriptor read = Descriptors.read(write(tree));
    assertEquals(List.of(), read.supports());
    assertEquals(List.of(), read.claims().get(1).calibration());
  }

  static Arguments bad(String place, Consumer<ObjectNode> change) {
    return Arguments.of(place, change);
  }

  static Stream<Arguments> badDescriptors() {
    return Stream.of(
        bad("/schemaVersion", t -> t.put("schemaVersion", 2)),
        bad("/schemaVersion", t -> t.put("schemaVersion", 1.5)),
        bad("/schemaVersion", t -> t.put("schemaVersion", (1L << 32) + 1)),
        bad("/technique", t -> t.put("technique", "Pruning!")),
        bad("/claims/0/id", t -> t.put("technique", "clustering")),
        bad("/title", t -> t.put("title", " ")),
        bad("/title", t -> t.remove("title")),
        bad("/rfc", t -> t.putNull("rfc")),
        bad("/placement", t -> t.put("placement", "SOMEWHERE")),
        bad("/owners", t -> ((ArrayNode) t.get("owners")).remove(1)),
        bad("/owners", t -> ((ObjectNode) t.at("/owners/1")).put("onCall", true)),
        bad("/owners", t -> ((ObjectNode) t.at("/owners/0")).put("onCall", false)),
        bad("/owners", t -> ((ObjectNode) t.at("/owners/1")).put("name", "ada")),
        bad("/owners/1/onCall", t -> ((ObjectNode) t.at("/owners/1")).put("onCall", "no")),
        bad("/supports/0/lowest", t -> ((ObjectNode) t.at("/supports/0")).put("lowest", "1.2.0")),
        bad("/supports/0/newest", t -> ((ObjectNode) t.at("/supports/0")).put("newest", "new")),
        bad(
            "/supports/0/coordinates",
            t -> ((ObjectNode) t.at("/supports/0")).put("coordinates", "a")),
        bad("/claims", t -> t.putArray("claims")),
        bad("/claims", t -> t.put("claims", "none")),
        bad("/claims/2/id", t -> ((ArrayNode) t.get("claims")).set(2, t.at("/claims/0"))),
        bad("/claims/0/kind", t -> ((ObjectNode) t.at("/claims/0")).put("kind", "mean")),
        bad("/claims/0/floor", t -> ((ObjectNode) t.at("/claims/0")).put("floor", "0.9")),
        bad("/claims/0/floor", t -> ((ObjectNode) t.at("/claims/0")).put("floor", 0.99)),
        bad("/claims/0/flor", t -> ((ObjectNode) t.at("/claims/0")).put("flor", 0.9)),
        bad("/claims/0/limits/runs", t -> ((ObjectNode) t.at("/claims/0/limits")).put("runs", 1)),
        bad("/claims/0/limits", t -> ((ObjectNode) t.at("/claims/0")).put("limits", 5)),
        bad("/claims/2/target/p1", t -> ((ObjectNode) t.at("/claims/2/target")).remove("p1")),
        bad(
            "/claims/0/calibration/0",
            t -> ((ArrayNode) t.at("/claims/0/calibration")).set(0, "x")),
        bad("/a~1b", t -> t.put("a/b", 1)));
  }

  @ParameterizedTest
  @MethodSource("badDescriptors")
  void read_bad_isRefusedWithFileAndPointer(String place, Consumer<ObjectNode> change)
      throws IOException {
    ObjectNode tree = tree();
    change.accept(tree);
    List<String> problems = problems(tree);
    assertTrue(problems.stream().anyMatch(p -> p.startsWith(place + ": ")), problems::toString);
  }

  @Test
  void read_manyProblems_areAllNamedAtOnce_andNothingElse() throws IOException {
    ObjectNode tree = tree();
    tree.put("schemaVersion", 7);
    tree.put("colour", "red");
    ((ArrayNode) tree.get("owners")).remove(0);
    ((ObjectNode) tree.at("/claims/0")).put("alpha", 0.9).put("flor", 0).remove("metric");
    ((ObjectNode) tree.at("/claims/1")).put("worst", 0);
    ((ObjectNode) tree.at("/claims/2/target")).put("p0", "half");
    List<String> places =
        problems(tree).stream().map(p -> p.substring(0, p.indexOf(':'))).sorted().toList();
    assertEquals(
        List.of(
            "/claims/0/alpha",
            "/claims/0/flor",
            "/claims/0/metric",
            "/claims/1/worst",
            "/claims/2/target/p0",
            "/colour",
            "/owners",
            "/owners",
            "/schemaVersion"),
        places);
  }

  @Test
  void read_noJsonOrNoObject_isRefusedWithTheFile() throws IOException {
    for (String text : new String[] {"", "{", "[]", "3", "{\"title\":1,\"title\":2}"}) {
      Path file = Files.writeString(folder.resolve("x.json"), text);
      String message =
          assertThrows(InvalidDescriptorException.class, () -> Descriptors.read(file)).getMessage();
      assertTrue(message.contains(file.toString()), message);
    }
  }

  private Path jar(String name, Map<String, Object> descriptors) throws IOException {
    Path file = folder.resolve(name);
    try (OutputStream out = Files.newOutputStream(file);
        JarOutputStream jar = new JarOutputStream(out)) {
      for (Map.Entry<String, Object> entry : descriptors.entrySet()) {
        jar.putNextEntry(new JarEntry(entry.getKey()));
        jar.write(Json.canonical(entry.getValue()).getBytes(StandardCharsets.UTF_8));
      }
    }
    return file;
  }

  private static TechniqueDescriptor clustering() {
    Claims.Draft draft = new Claims.Draft();
    draft.id = "clustering/resnet/accuracy";
    return Claims.descriptor("clustering", list -> List.of(draft.claim()));
  }

  @Test
  void find_jarsAndFolders_readsThemAllSorted() throws IOException {
    Path classes = folder.resolve("classes");
    Json.write(classes.resolve("META-INF/gate/pruning.json"), Claims.pruning());
    Files.writeString(classes.resolve("META-INF/gate/notes.txt"), "no descriptor");
    Path jar =
        jar("a.jar", Map.of("META-INF/gate/clustering.json", clustering(), "other.json", "x"));
    Path missing = folder.resolve("missing.jar");
    assertEquals(
        List.of(clustering(), Claims.pruning()), Descriptors.find(List.of(classes, jar, missing)));
    assertEquals(List.of(), Descriptors.find(List.of()));
  }

  @Test
  void find_brokenOnesAndDoubles_namesAll() throws IOException {
    Path one = jar("a.jar", Map.of("META-INF/gate/pruning.json", Claims.pruning()));
    Path two = jar("b.jar", Map.of("META-INF/gate/pruning.json", Claims.pruning()));
    ObjectNode broken = tree();
    broken.put("colour", "red").remove("title");
    Path three = jar("c.jar", Map.of("META-INF/gate/pruning.json", broken));
    List<String> problems =
        assertThrows(
                InvalidDescriptorException.class, () -> Descriptors.find(List.of(one, two, three)))
            .problems();
    assertEquals(3, problems.size(), problems::toString);
    assertTrue(problems.get(0).contains("b.jar!/META-INF/gate/pruning.json"), problems.get(0));
    assertTrue(problems.get(0).contains("a.jar!/META-INF/gate/pruning.json"), problems.get(0));
    assertTrue(problems.get(1).contains("c.jar!/META-INF/gate/pruning.json at /"), problems.get(1));
  }
}
