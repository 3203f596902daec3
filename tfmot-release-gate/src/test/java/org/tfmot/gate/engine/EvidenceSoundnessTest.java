package org.tfmot.gate.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.claim.Claim;
import org.tfmot.gate.claim.Direction;
import org.tfmot.gate.claim.Kind;
import org.tfmot.gate.claim.Limits;
import org.tfmot.gate.dependency.BuildContent;
import org.tfmot.gate.dependency.Mutation;
import org.tfmot.gate.dependency.SampleJar;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.Ledger;
import org.tfmot.gate.ledger.LedgerRecord.RunFinished;
import org.tfmot.gate.run.JvmRunner;
import org.tfmot.gate.run.RunRequest;
import org.tfmot.gate.run.RunResult;

/**
 * Soundness of evidence that outlives a build: one instruction of the classes under test is changed
 * at random, and either the evidence falls, or the recorded run, made again with the changed
 * classes, gives the very same curve.
 */
class EvidenceSoundnessTest {

  @TempDir static Path folder;
  private static SortedMap<String, byte[]> library;
  private static Path testJar;
  private static RunFinished recorded;

  @BeforeAll
  static void record() throws Exception {
    library =
        SampleJar.compile(
            Files.createDirectories(folder.resolve("lib")), List.of(), SampleTraining.library());
    Path first = SampleJar.write(folder.resolve("first.jar"), library);
    List<Path> classPath = new ArrayList<>(List.of(first));
    classPath.addAll(gate());
    testJar =
        SampleJar.write(
            folder.resolve("test.jar"),
            SampleJar.compile(
                Files.createDirectories(folder.resolve("test")), classPath, SampleTraining.test()));
    GateResult result = new Gate(spec(library)).run(GateListener.NONE);
    assertTrue(result.released(), result.problems()::toString);
    Digest key = Toy.verdict(result, SampleTraining.CLAIM).key();
    recorded = Ledger.read(folder.resolve("ledger.jsonl")).ends(key).get(0);
  }

  @Test
  void tenMutations() throws Exception {
    mutate(10, 1);
  }

  @Test
  @Tag("long")
  void hundredMutations() throws Exception {
    mutate(100, 2);
  }

  @Test
  void pluginThatWasLookedFor_makesTheEvidenceFall_andTheRunIsAnother() throws Exception {
    SortedMap<String, byte[]> plugin =
        SampleJar.compile(
            Files.createDirectories(folder.resolve("plugin")),
            List.of(),
            Map.of(
                "sample/Plugin.java",
                "package sample; public class Plugin {"
                    + " public static double bonus() { return 0.5; } }"));
    plugin.putAll(library);
    GateSpec spec = spec(plugin);
    assertEquals(List.of("class sample.Plugin, which was looked for, is there now"), changes(spec));
    assertNotEquals(recorded.curvesDigest(), replay(spec).curvesDigest());
  }

  private void mutate(int count, long seed) throws Exception {
    Random random = new Random(seed);
    List<String> names = List.copyOf(library.keySet());
    int held = 0;
    int done = 0;
    while (done < count) {
      String name = names.get(random.nextInt(names.size()));
      Mutation.Mutant mutant = Mutation.of(library.get(name), random);
      if (mutant == null) {
        continue;
      }
      done++;
      GateSpec spec = spec(SampleJar.with(library, name, mutant.bytes()));
      if (changes(spec).isEmpty()) {
        held++;
        RunResult again = replay(spec);
        assertEquals(recorded.curvesDigest(), again.curvesDigest(), name + ": " + mutant.what());
      }
    }
    assertTrue(held > count / 10 && held < count - count / 10, held + " of " + count + " held");
  }

  private List<String> changes(GateSpec spec) throws IOException {
    return EvidenceKeys.of(spec, Ledger.read(spec.ledger()))
        .changes(recorded.key(), SampleTraining.TEST);
  }

  private RunResult replay(GateSpec spec) throws Exception {
    return spec.tests()
        .get(0)
        .runner()
        .run(
            new RunRequest(
                SampleTraining.TEST,
                recorded.seed(),
                folder.resolve("replay"),
                new TreeSet<>(List.of("loss")),
                Duration.ofMinutes(1)));
  }

  private static GateSpec spec(SortedMap<String, byte[]> content) throws IOException {
    Path jar = SampleJar.write(folder.resolve("library.jar"), content);
    List<BuildContent.Place> places = new ArrayList<>();
    places.add(new BuildContent.Place("g:a:" + BuildContent.TEST_CLASSES, testJar, true));
    places.add(new BuildContent.Place("g:a", jar, true));
    gate().forEach(file -> places.add(new BuildContent.Place(file.toString(), file, false)));
    JvmRunner runner =
        new JvmRunner(places.stream().map(BuildContent.Place::file).toList(), List.of());
    Claim claim =
        new Claim(
            SampleTraining.CLAIM,
            "loss",
            Direction.LOWER_IS_BETTER,
            Kind.EXACT,
            0.02,
            1,
            0.05,
            new Limits(1, 1, 1),
            null,
            0,
            100,
            List.of(),
            SampleTraining.TEST,
            "rfc.md",
            null,
            null);
    return new GateSpec(
            List.of(Toy.descriptor("training", List.of(claim))),
            List.of(
                new GateTest(
                    SampleTraining.TEST,
                    new TreeSet<>(List.of(SampleTraining.CLAIM)),
                    Digest.of(testJar),
                    runner)),
            new TreeMap<>(Map.of("a.jar", Digest.of(jar))),
            Toy.digest("lock"),
            new TreeMap<>(),
            "linux-amd64",
            "",
            folder.resolve("ledger.jsonl"),
            folder.resolve("out"),
            GateOptions.STANDARD)
        .with(new PresentBuild(BuildContent.of(places), new TreeMap<>()));
  }

  /** The class path of this test, which has the gate and JUnit. */
  private static List<Path> gate() {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .map(Path::of)
        .filter(Files::exists)
        .toList();
  }
}
