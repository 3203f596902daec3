package org.tfmot.gate.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.attestation.ClaimState;
import org.tfmot.gate.attestation.ConvergencePredicate;
import org.tfmot.gate.dependency.BuildContent;
import org.tfmot.gate.dependency.DependencyStore;
import org.tfmot.gate.dependency.LoadedClasses;
import org.tfmot.gate.dependency.SampleJar;
import org.tfmot.gate.engine.GatePlan.PlannedTest;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.Ledger;
import org.tfmot.gate.ledger.RunStatus;
import org.tfmot.gate.run.VoidCause;

/** A toy whose runs load the class {@code Used} of its jar, and one who may load {@code Rare}. */
class EvidenceKeysTest {

  private static final String JAR = "example:toy";

  @TempDir Path folder;
  private final Map<String, String> classes = new HashMap<>(Map.of("Used", "1", "Unused", "1"));
  private final Set<String> loads = new TreeSet<>(Set.of("Used"));
  private final SortedMap<String, Digest> conditions =
      new TreeMap<>(Map.of("jdk", Toy.digest("jdk")));
  private Toy toy;

  private GateSpec spec() throws IOException {
    toy = toy == null ? new Toy(folder) : toy;
    Path jar = jar();
    toy.jar = Digest.of(jar).value();
    GateTest training =
        new GateTest(
            Toy.TRAINING,
            new TreeSet<>(Set.of(Toy.ACCURACY, Toy.ZEROS)),
            Toy.digest(Toy.TRAINING),
            request -> {
              var result = toy.runner.run(request);
              return result.status() == RunStatus.VOID ? result : result.with(loaded(jar));
            });
    return toy.spec(
            List.of(Toy.descriptor("pruning", List.of(toy.accuracy(), Toy.zeros()))),
            List.of(training))
        .with(
            new PresentBuild(
                BuildContent.of(List.of(new BuildContent.Place(JAR, jar, true))), conditions));
  }

  private LoadedClasses loaded(Path jar) {
    TreeMap<String, SortedSet<String>> sources = new TreeMap<>();
    loads.forEach(name -> sources.put(name, new TreeSet<>(Set.of("file:" + jar))));
    return new LoadedClasses(sources, new TreeSet<>(), null);
  }

  private Path jar() throws IOException {
    Map<String, byte[]> content = new TreeMap<>();
    classes.forEach((name, text) -> content.put(name + ".class", text.getBytes(UTF_8)));
    return SampleJar.write(folder.resolve("toy.jar"), content);
  }

  private GateResult gate() throws Exception {
    return new Gate(spec()).run(GateListener.NONE);
  }

  private Digest key(GateResult result) {
    return Toy.verdict(result, Toy.ACCURACY).key();
  }

  private PlannedTest plan() throws Exception {
    return new Gate(spec()).plan().tests().get(0);
  }

  @Test
  void evidence_outlivesAClassThatNoRunLoads() throws Exception {
    GateResult first = gate();
    assertTrue(first.released());
    classes.put("Unused", "2");
    classes.put("New", "1");
    GateResult again = gate();
    assertTrue(again.released());
    assertEquals(0, again.newRuns());
    assertEquals(key(first), key(again));
    assertEquals(List.of(), plan().changes());
  }

  @Test
  void evidence_fallsWithAClassThatRunsLoad_andPlanSaysWhich() throws Exception {
    GateResult first = gate();
    classes.put("Used", "2");
    PlannedTest planned = plan();
    assertEquals(List.of("class Used changed"), planned.changes());
    assertTrue(planned.expectedRuns() > 0);
    GateResult status = new Gate(spec()).status();
    assertEquals(ClaimState.STALE, Toy.verdict(status, Toy.ACCURACY).state());
    assertTrue(
        Toy.verdict(status, Toy.ACCURACY).sentence().contains("(class Used changed)"),
        Toy.verdict(status, Toy.ACCURACY).sentence());
    GateResult again = gate();
    assertTrue(again.newRuns() > 0);
    assertNotEquals(key(first), key(again));
  }

  @Test
  void voidRun_bindsAKeyWithoutResults_andNoOther() throws Exception {
    toy = new Toy(folder);
    toy.runner.voidCause = VoidCause.START_FAILED;
    toy.runner.voids(1);
    Digest first = key(gate());
    classes.put("Unused", "2");
    assertNotEquals(first, key(gate()), "what could not begin may begin now");
    toy.runner.voids(toy.runner.requests.size() + 1);
    classes.put("Used", "2");
    Digest third = key(gate());
    GateResult results = gate();
    assertEquals(third, key(results));
    assertTrue(results.released());
    classes.put("Unused", "3");
    assertEquals(third, key(gate()));
  }

  @Test
  void buildThatGoesOn_addsWhatItsRunsLoad() throws Exception {
    toy = new Toy(folder);
    toy.runner.killedIn = 3;
    assertThrows(FakeRunner.Killed.class, this::gate);
    toy.runner.killedIn = 0;
    classes.put("Rare", "1");
    loads.add("Rare");
    GateResult second = gate();
    Ledger ledger = Ledger.read(spec().ledger());
    assertEquals(1, ledger.keys().size(), "the same key");
    assertTrue(second.released());
    classes.put("Rare", "2");
    assertEquals(List.of("class Rare changed"), plan().changes());
    // Back to what the first runs had: the later ones depended on Rare, and all fall together.
    classes.remove("Rare");
    assertEquals(List.of("class Rare is gone"), plan().changes());
    loads.remove("Rare");
    GateResult third = gate();
    assertTrue(third.newRuns() > 0);
    assertEquals(
        2,
        Ledger.read(spec().ledger()).declared(key(third)).orElseThrow().renewal(),
        "the jars of the first key, begun once more");
    classes.put("Rare", "1");
    assertEquals(key(third), key(gate()), "the newest of two whose runs hold");
  }

  @Test
  void interruptedRun_isRepeated_whateverChangedMeanwhile() throws Exception {
    toy = new Toy(folder);
    toy.runner.killedIn = 3;
    assertThrows(FakeRunner.Killed.class, this::gate);
    long seed = toy.runner.requests.get(2).seed();
    classes.put("Unused", "2");
    toy.runner.killedIn = 0;
    gate();
    assertEquals(seed, toy.runner.requests.get(3).seed());
  }

  @Test
  void otherConditions_areAnotherKey() throws Exception {
    gate();
    conditions.put("jdk", Toy.digest("other jdk"));
    assertEquals(List.of("jdk changed"), plan().changes());
    conditions.put("jdk", Toy.digest("jdk"));
    assertEquals(List.of(), plan().changes());
  }

  @Test
  void runOfWhichNothingIsKnown_dependsOnWholeFiles() throws Exception {
    loads.clear();
    loads.add("Elsewhere");
    toy = new Toy(folder);
    GateSpec spec = spec();
    Path other = SampleJar.write(folder.resolve("other.jar"), Map.of());
    GateTest unknown =
        new GateTest(
            Toy.TRAINING,
            spec.tests().get(0).claimIds(),
            Toy.digest(Toy.TRAINING),
            request -> toy.runner.run(request).with(loaded(other)));
    new Gate(toy.spec(spec.techniques(), List.of(unknown)).with(spec.build()))
        .run(GateListener.NONE);
    assertEquals(List.of(), plan().undecided());
    classes.put("Unused", "2");
    assertEquals(
        "subject toy.jar (all of it counts: it loaded Elsewhere from file:%s) changed"
            .formatted(other),
        String.join("|", plan().changes()));
  }

  @Test
  void ledgerWithoutItsDependencies_hasNoEvidence() throws Exception {
    gate();
    Files.delete(DependencyStore.file(spec().ledger()));
    assertTrue(plan().changes().get(0).contains("that record is not here"), plan().toString());
  }

  @Test
  void ledgerOfWholeFiles_staysReadable() throws Exception {
    toy = new Toy(folder);
    GateSpec spec = spec();
    GateSpec old = toy.spec(spec.techniques(), spec.tests());
    assertTrue(new Gate(old).run(GateListener.NONE).released());
    assertTrue(
        plan().changes().contains("what those runs loaded was not recorded"), plan().toString());
    assertEquals(0, new Gate(old).run(GateListener.NONE).newRuns());
  }

  @Test
  void verifier_takesEvidenceAboutTheReleasedClassesAlone() throws Exception {
    classes.put("Unused", "0");
    gate();
    classes.put("Unused", "1");
    GateResult result = gate();
    assertEquals(0, result.newRuns());
    assertEquals(result.attested(), verified(result));
    classes.put("Unused", "2");
    assertEquals(result.attested(), verified(result), "no run loaded it");
    classes.put("Used", "2");
    IllegalStateException refusal =
        assertThrows(IllegalStateException.class, () -> verified(result));
    assertTrue(refusal.getMessage().contains("class Used changed"), refusal.getMessage());
  }

  @Test
  void verifier_refusesOtherConditions_andARunWithoutItsDependencies() throws Exception {
    GateResult result = gate();
    SortedMap<String, Digest> inputs = new TreeMap<>(result.inputs());
    inputs.put("jdk", Toy.digest("other"));
    IllegalStateException other =
        assertThrows(IllegalStateException.class, () -> verified(result, inputs));
    assertTrue(other.getMessage().contains("jdk was another"), other.getMessage());
    Files.delete(DependencyStore.file(spec().ledger()));
    IllegalStateException lost = assertThrows(IllegalStateException.class, () -> verified(result));
    assertTrue(lost.getMessage().contains("record is not here"), lost.getMessage());
  }

  private Object verified(GateResult result) throws Exception {
    return verified(result, result.inputs());
  }

  private Object verified(GateResult result, SortedMap<String, Digest> inputs) throws Exception {
    GateSpec spec = spec();
    return new LedgerVerdicts(
            spec.ledger(),
            spec.techniques(),
            spec.subjects(),
            spec.options(),
            new ReleasedContent(
                spec.build().content(), DependencyStore.read(DependencyStore.file(spec.ledger()))))
        .recompute(
            new ConvergencePredicate(
                "gate",
                "2026-01-01T00:00:00Z",
                "commit",
                result.claimsDigests(),
                inputs,
                result.ledger(),
                null,
                new ArrayList<>(result.attested())));
  }
}
