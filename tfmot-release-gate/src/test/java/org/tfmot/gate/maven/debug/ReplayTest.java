package org.tfmot.gate.maven.debug;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tfmot.gate.maven.Refusals.assertRefused;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.engine.Gate;
import org.tfmot.gate.engine.GateListener;
import org.tfmot.gate.engine.GateSpec;
import org.tfmot.gate.engine.RunFolders;
import org.tfmot.gate.engine.Toy;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.Ledger;
import org.tfmot.gate.ledger.Seeds;
import org.tfmot.gate.maven.Folders;
import org.tfmot.gate.maven.run.Environments;
import org.tfmot.gate.run.GateLock;
import org.tfmot.gate.run.LockedArtifact;

class ReplayTest {

  @TempDir Path folder;
  private Toy toy;
  private Environments environments;

  @BeforeEach
  void record() throws Exception {
    toy = new Toy(folder);
    environments = Environments.of(folder.resolve("environments"));
    GateSpec spec = on(lock("1.0"));
    environments.keep(spec, lock("1.0"), List.of());
    new Gate(spec).run(GateListener.NONE);
  }

  static GateLock lock(String version) {
    return new GateLock(
        List.of(
            new LockedArtifact(
                "org.example",
                "engine",
                "jar",
                "",
                version,
                Digest.of(version.getBytes(StandardCharsets.UTF_8)),
                "central")));
  }

  @Test
  void runsOfThisBuild_areDrawnAtRandom_andOthersAreNot() throws Exception {
    Ledger ledger = Ledger.read(toy.spec().ledger());
    GateSpec spec = on(lock("1.0"));
    Set<String> drawn = new TreeSet<>();
    for (int seed = 0; seed < 50; seed++) {
      List<RecordedRun> two = RecordedRun.draw(ledger, spec, 2, new Random(seed));
      assertEquals(2, new HashSet<>(two).size());
      two.forEach(run -> drawn.add(run.key().hex() + " " + run.end().index()));
    }
    List<RecordedRun> all = RecordedRun.draw(ledger, spec, 999, new Random(1));
    assertEquals(all.size(), drawn.size(), "every run is drawn at times");
    assertThrows(
        IllegalArgumentException.class, () -> RecordedRun.draw(ledger, spec, 0, new Random(1)));
    GateSpec other = on(lock("2.0"));
    assertThrows(
        IllegalArgumentException.class, () -> RecordedRun.draw(ledger, other, 1, new Random(1)));
  }

  /** The toy on a class path. */
  private GateSpec on(GateLock lock) {
    GateSpec spec = toy.spec();
    return new GateSpec(
        spec.techniques(),
        spec.tests(),
        spec.subjects(),
        lock.digest(),
        spec.datasets(),
        spec.hardware(),
        spec.reproducer(),
        spec.ledger(),
        spec.output(),
        spec.options());
  }

  private Replay replay(GateSpec spec, int run, @Nullable String key) throws Exception {
    return Replay.of(spec, environments, Toy.ACCURACY, run, key);
  }

  @Test
  void replay_ofTheSameCode_isIdentical_inAFolderOfItsOwn() throws Exception {
    GateSpec spec = on(lock("1.0"));
    Replay replay = replay(spec, 3, null);
    Digest key = spec.key(spec.tests().get(0)).digest();
    assertEquals(Seeds.seed(key, 3), replay.run().end().seed());
    Path recorded = RunFolders.of(spec.output(), spec.tests().get(0).name(), key, 3);
    byte[] before = Files.readAllBytes(RunFolders.curves(recorded));

    assertEquals(List.of(), replay.differences());
    assertTrue(replay.folder().startsWith(spec.output().resolve("replay")));
    assertEquals(
        new String(before, StandardCharsets.UTF_8),
        Files.readString(RunFolders.curves(replay.folder())));
  }

  @Test
  void replay_ofOtherCode_namesTheFirstStepOfEachMetricThatDiffers() throws Exception {
    toy.runner = Toy.runner(0, 0.7);
    List<String> differences = replay(on(lock("1.0")), 2, null).differences();
    // Zeros is the only metric that is another now; at step 100 it is end - 0.3 end / e.
    assertEquals(1, differences.size(), differences.toString());
    double then = 0.8 - 0.8 * 0.3 * Math.exp(-1);
    double now = 0.7 - 0.7 * 0.3 * Math.exp(-1);
    assertEquals("zeros at step 100 was %s, is %s".formatted(then, now), differences.get(0));
  }

  @Test
  void replay_withoutTheRecordedCurves_saysThatTheyDifferAndNotWhere() throws Exception {
    GateSpec spec = on(lock("1.0"));
    Digest key = spec.key(spec.tests().get(0)).digest();
    Files.delete(
        RunFolders.curves(RunFolders.of(spec.output(), spec.tests().get(0).name(), key, 2)));
    assertEquals(List.of(), replay(spec, 2, null).differences());
    toy.runner = Toy.runner(0, 0.7);
    List<String> differences = replay(on(lock("1.0")), 2, null).differences();
    assertTrue(differences.get(0).contains("the recorded ones are not here"), differences.get(0));
  }

  @Test
  void otherInputs_anotherClassPath_namesTheArtifact() throws Exception {
    GateSpec newer = on(lock("1.1"));
    Replay replay = replay(newer, 1, null);
    List<String> others =
        replay.otherInputs(
            Environments.present(newer.key(newer.tests().get(0)), lock("1.1"), List.of()));
    assertEquals(2, others.size(), others.toString());
    assertEquals("lock changed", others.get(0));
    assertTrue(
        others.get(1).startsWith("class path: org.example:engine: was 1.0 sha256:"), others.get(1));
    assertTrue(others.get(1).contains(", is 1.1 sha256:"), others.get(1));
  }

  @Test
  void otherInputs_theSameClassPath_areNone_andRunsOfAnotherMachineAreNotExplained()
      throws Exception {
    GateSpec spec = on(lock("1.0"));
    assertEquals(
        List.of(),
        replay(spec, 1, null)
            .otherInputs(
                Environments.present(
                    spec.key(spec.tests().get(0)), lock("1.0"), List.of("-Xmx1g"))));
    Folders.delete(folder.resolve("environments"));
    GateSpec newer = on(lock("1.1"));
    List<String> others =
        replay(newer, 1, null)
            .otherInputs(
                Environments.present(newer.key(newer.tests().get(0)), lock("1.1"), List.of()));
    assertEquals("lock changed", others.get(0));
    assertTrue(others.get(1).contains("does not exist"), others.get(1));
  }

  @Test
  void find_severalKeys_takesThePresentOne_thenTheNewest_orTheOneThatIsNamed() throws Exception {
    GateSpec newer = on(lock("1.1"));
    new Gate(newer).run(GateListener.NONE);
    GateSpec older = on(lock("1.0"));
    Digest oldKey = older.key(older.tests().get(0)).digest();
    Digest newKey = newer.key(newer.tests().get(0)).digest();
    assertEquals(oldKey, replay(older, 1, null).run().end().key());
    assertEquals(newKey, replay(newer, 1, null).run().end().key());
    assertEquals(newKey, replay(on(lock("1.2")), 1, null).run().end().key());
    assertEquals(oldKey, replay(newer, 1, oldKey.hex().substring(0, 12)).run().end().key());
    assertEquals(oldKey, replay(newer, 1, oldKey.value()).run().end().key());
  }

  @Test
  void find_noSuchRunOrKeyOrClaim_isRefused() {
    GateSpec spec = on(lock("1.0"));
    assertRefused(() -> replay(spec, 4000, null), "no run 4000 with a result for " + Toy.ACCURACY);
    assertRefused(() -> replay(spec, 0, null), "no run 0");
    assertRefused(() -> replay(spec, 1, "xyz"), "0 keys with runs for " + Toy.ACCURACY);
    assertRefused(
        () -> Replay.of(spec, environments, "pruning/toy/size", 1, null), "there is no claim");
  }

  @Test
  void find_runThatOnlyEndedVoid_isRefused() throws Exception {
    toy = new Toy(folder.resolve("other"));
    for (int run = 1; run <= 60; run++) {
      toy.runner.voids(run);
    }
    GateSpec spec = toy.spec();
    new Gate(spec).run(GateListener.NONE);
    assertFalse(Ledger.read(spec.ledger()).records().isEmpty());
    assertRefused(() -> replay(spec, 1, null), "no run 1 with a result");
  }

  @Test
  void replay_withoutANumber_isRefused() {
    assertRefused(new ReplayMojo()::act, "-Dgate.run=<number>");
  }
}
