package org.tfmot.gate.dependency;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.json.Json;

class DependenciesTest {

  private static final SortedMap<String, Digest> FILES =
      new TreeMap<>(Map.of("subject a.jar", Digest.of("a".getBytes(UTF_8))));

  @TempDir Path folder;
  private Map<String, byte[]> one;
  private Map<String, byte[]> two;
  private final TreeMap<String, SortedSet<String>> sources = new TreeMap<>();
  private final TreeSet<String> missing = new TreeSet<>();

  @BeforeEach
  void build() throws IOException {
    one =
        SampleJar.compile(
            Files.createTempDirectory(folder, "c"),
            List.of(),
            Map.of("a/Used.java", source("a", "Used"), "a/Unused.java", source("a", "Unused")));
    one = SampleJar.with(one, "a/data.txt", "1".getBytes(UTF_8));
    one = SampleJar.with(one, "META-INF/maven/g/a/pom.xml", "<project/>".getBytes(UTF_8));
    one = SampleJar.with(one, "META-INF/gate/own.json", descriptor("own"));
    one = SampleJar.with(one, "META-INF/gate/other.json", descriptor("other"));
    two =
        SampleJar.compile(
            Files.createTempDirectory(folder, "c"),
            List.of(),
            Map.of("b/Also.java", source("b", "Also")));
    loaded("a.Used", "file:" + folder.resolve("one.jar"));
    loaded("b.Also", "file:" + folder.resolve("two.jar"));
    loaded("lib.Thing", "file:" + folder.resolve("lib.jar"));
    loaded("java.lang.Object", "shared objects file");
  }

  @Test
  void unchangedBuild_hasNoChange() throws Exception {
    assertEquals(List.of(), changes(one, two));
  }

  @Test
  void classThatWasNotLoaded_doesNotCount() throws Exception {
    assertEquals(List.of(), changes(SampleJar.with(one, "a/Unused.class", new byte[] {1}), two));
    assertEquals(List.of(), changes(SampleJar.with(one, "a/New.class", new byte[] {1}), two));
    Map<String, byte[]> without = new TreeMap<>(one);
    without.remove("a/Unused.class");
    assertEquals(List.of(), changes(without, two));
  }

  @Test
  void classThatWasLoaded_counts() throws Exception {
    assertEquals(
        List.of("class a.Used changed"),
        changes(SampleJar.with(one, "a/Used.class", new byte[] {1}), two));
    Map<String, byte[]> without = new TreeMap<>(one);
    without.remove("a/Used.class");
    assertEquals(List.of("class a.Used is gone"), changes(without, two));
  }

  @Test
  void resources_countAsAWhole() throws Exception {
    assertEquals(
        List.of("resource a/data.txt in g:one changed"),
        changes(SampleJar.with(one, "a/data.txt", "2".getBytes(UTF_8)), two));
    assertEquals(
        List.of("resource META-INF/services/x in g:two is new"),
        changes(one, SampleJar.with(two, "META-INF/services/x", "y".getBytes(UTF_8))));
  }

  @Test
  void mavenDescriptors_andOtherTechniques_doNotCount() throws Exception {
    byte[] other = "<project>2</project>".getBytes(UTF_8);
    assertEquals(List.of(), changes(SampleJar.with(one, "META-INF/maven/g/a/pom.xml", other), two));
    assertEquals(
        List.of(),
        changes(
            SampleJar.with(
                one,
                "META-INF/gate/other.json",
                "{\"technique\":\"other\",\"x\":1}".getBytes(UTF_8)),
            two));
    assertEquals(
        List.of("descriptor of own changed"),
        changes(
            SampleJar.with(
                one, "META-INF/gate/own.json", "{\"technique\":\"own\",\"x\":1}".getBytes(UTF_8)),
            two));
  }

  @Test
  void programThatReadsDescriptors_dependsOnAll() throws Exception {
    loaded("org.tfmot.gate.claim.Descriptors", "file:" + folder.resolve("lib.jar"));
    assertEquals(
        List.of("descriptor of other changed"),
        changes(
            SampleJar.with(
                one,
                "META-INF/gate/other.json",
                "{\"technique\":\"other\",\"x\":1}".getBytes(UTF_8)),
            two));
  }

  @Test
  void classThatWouldBeFoundBefore_counts() throws Exception {
    assertEquals(
        List.of("class b.Also is in g:one, too, before it"),
        changes(SampleJar.with(one, "b/Also.class", new byte[] {1}), two));
    assertEquals(
        List.of(), changes(one, SampleJar.with(two, "a/Used.class", new byte[] {1})), "behind it");
    assertEquals(
        List.of("class lib.Thing is new, in a package of a jar that is not under test"),
        changes(SampleJar.with(one, "lib/Thing.class", new byte[] {1}), two));
  }

  @Test
  void classesUnderTest_inAPackageOfALockedJar_mayBeThereBefore() throws Exception {
    one = SampleJar.with(one, "lib/Beside.class", new byte[] {1});
    assertEquals(List.of(), changes(SampleJar.with(one, "lib/Beside.class", new byte[] {2}), two));
  }

  @Test
  void classThatWasLookedFor_counts() throws Exception {
    missing.add("a.Plugin");
    assertEquals(List.of(), changes(one, two));
    assertEquals(
        List.of("class a.Plugin, which was looked for, is there now"),
        changes(SampleJar.with(one, "a/Plugin.class", new byte[] {1}), two));
  }

  @Test
  void classOfAnArchive_orOfItsBytes_isFoundByName() throws Exception {
    sources.put("a.Used", new TreeSet<>(Set.of("shared objects file (top)")));
    sources.put("b.Also", new TreeSet<>(Set.of("__JVM_DefineClass__")));
    assertEquals(
        List.of("class a.Used changed"),
        changes(SampleJar.with(one, "a/Used.class", new byte[] {1}), two));
    assertEquals(
        List.of("class b.Also changed"),
        changes(one, SampleJar.with(two, "b/Also.class", new byte[] {1})));
  }

  @Test
  void classFromElsewhere_makesWholeFilesCount() throws Exception {
    loaded("x.Y", "file:/somewhere/else.jar");
    Dependencies run = recorded();
    assertEquals("it loaded x.Y from file:/somewhere/else.jar", run.whole());
    assertEquals(List.of(), run.changes(content(one, two), FILES));
    SortedMap<String, Digest> other =
        new TreeMap<>(Map.of("subject a.jar", Digest.of("b".getBytes(UTF_8))));
    assertEquals(
        List.of(
            "subject a.jar (all of it counts: it loaded x.Y from file:/somewhere/else.jar)"
                + " changed"),
        run.changes(content(one, two), other));
  }

  @Test
  void otherOrder_counts() throws Exception {
    Dependencies run = recorded();
    BuildContent turned = BuildContent.of(List.of(place("two"), place("one"), place("lib")));
    assertTrue(run.changes(turned, FILES).get(0).startsWith("the class path has the jars"));
    assertEquals(List.of(), run.changesIn(turned, FILES), "a release has no order of its own");
  }

  @Test
  void release_isComparedWithoutTheClassesOfTests() throws Exception {
    Path tests = SampleJar.write(folder.resolve("tests.jar"), Map.of("t/T.class", new byte[] {1}));
    loaded("t.T", "file:" + tests);
    List<BuildContent.Place> places = new ArrayList<>();
    content(one, two);
    places.add(new BuildContent.Place("g:one:" + BuildContent.TEST_CLASSES, tests, true));
    places.addAll(List.of(place("one"), place("two"), place("lib")));
    Dependencies run = Dependencies.of(classes(), BuildContent.of(places), Set.of("own"), FILES);
    assertEquals(1, run.unreleased().size());
    assertEquals(Set.of("t.T"), run.unreleased().get(0).classes().keySet());
    assertEquals(List.of(), run.changesIn(content(one, two), FILES));
    assertEquals(
        List.of("class a.Used changed"),
        run.changesIn(content(SampleJar.with(one, "a/Used.class", new byte[] {1}), two), FILES));
  }

  @Test
  void store_findsWhatWasPut_andNothingThatWasChanged() throws Exception {
    Path file = DependencyStore.file(folder.resolve("ledger.jsonl"));
    assertEquals("ledger.dependencies.jsonl", file.getFileName().toString());
    Dependencies run = recorded();
    Digest digest = DependencyStore.read(file).put(run);
    assertEquals(run.digest(), digest);
    Files.writeString(file, Files.readString(file) + "torn");
    Digest other = DependencyStore.read(file).put(Dependencies.onFiles(FILES, "so"));
    assertEquals(run, DependencyStore.read(file).find(digest).orElseThrow());
    assertEquals("so", DependencyStore.read(file).find(other).orElseThrow().whole());
    long size = Files.size(file);
    DependencyStore.read(file).put(run);
    assertEquals(size, Files.size(file), "once");
    Files.writeString(file, Files.readString(file).replace("a.Used", "a.Unused"));
    assertTrue(DependencyStore.read(file).find(digest).isEmpty());
    Path merged = folder.resolve("merged.jsonl");
    DependencyStore.read(merged).putAll(DependencyStore.read(file));
    assertTrue(DependencyStore.read(merged).find(other).isPresent());
  }

  @Test
  void json_isReadAsItWasWritten() throws Exception {
    Dependencies run = recorded();
    byte[] json = Json.canonical(run).getBytes(UTF_8);
    assertEquals(run, Json.parse("run", json, Dependencies.class));
  }

  private void loaded(String name, String source) {
    sources.computeIfAbsent(name, n -> new TreeSet<>()).add(source);
  }

  private LoadedClasses classes() {
    return new LoadedClasses(sources, missing, null);
  }

  private Dependencies recorded() throws IOException {
    return Dependencies.of(classes(), content(one, two), Set.of("own"), FILES);
  }

  private List<String> changes(Map<String, byte[]> newOne, Map<String, byte[]> newTwo)
      throws IOException {
    Dependencies run = recorded();
    return run.changes(content(newOne, newTwo), FILES);
  }

  private BuildContent content(Map<String, byte[]> first, Map<String, byte[]> second)
      throws IOException {
    SampleJar.write(folder.resolve("one.jar"), first);
    SampleJar.write(folder.resolve("two.jar"), second);
    return BuildContent.of(List.of(place("one"), place("two"), place("lib")));
  }

  private BuildContent.Place place(String name) {
    return new BuildContent.Place("g:" + name, folder.resolve(name + ".jar"), !name.equals("lib"));
  }

  private static byte[] descriptor(String technique) {
    return "{\"technique\":\"%s\"}".formatted(technique).getBytes(UTF_8);
  }

  private static String source(String home, String name) {
    return "package %s; public class %s { int x = 1; }".formatted(home, name);
  }
}
