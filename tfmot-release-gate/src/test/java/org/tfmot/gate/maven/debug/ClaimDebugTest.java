package org.tfmot.gate.maven.debug;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tfmot.gate.maven.Refusals.assertRefused;
import static org.tfmot.gate.maven.debug.ReplayTest.lock;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.attestation.ClaimState;
import org.tfmot.gate.engine.Gate;
import org.tfmot.gate.engine.GateListener;
import org.tfmot.gate.engine.GateSpec;
import org.tfmot.gate.engine.RunFolders;
import org.tfmot.gate.engine.Toy;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.Ledger;
import org.tfmot.gate.maven.run.Environments;
import org.tfmot.gate.run.Curves;

class ClaimDebugTest {

  @TempDir Path folder;
  private Toy toy;
  private Environments environments;

  @BeforeEach
  void makeToy() {
    toy = new Toy(folder);
    environments = Environments.of(folder.resolve("environments"));
  }

  /** The toy on an engine of that version, with its jar. */
  private GateSpec with(String engine) {
    GateSpec spec = toy.spec();
    SortedMap<String, Digest> subjects = new TreeMap<>();
    subjects.put("toy.jar", Digest.of(engine.getBytes(StandardCharsets.UTF_8)));
    return new GateSpec(
        spec.techniques(),
        spec.tests(),
        subjects,
        lock(engine).digest(),
        spec.datasets(),
        spec.hardware(),
        spec.reproducer(),
        spec.ledger(),
        spec.output(),
        spec.options());
  }

  private static GateSpec reproducedByTim(GateSpec own) {
    return new GateSpec(
        own.techniques(),
        own.tests(),
        own.subjects(),
        own.lock(),
        own.datasets(),
        own.hardware(),
        "tim",
        own.ledger(),
        own.output(),
        own.options());
  }

  private GateSpec run(String engine) throws Exception {
    GateSpec spec = with(engine);
    environments.keep(spec, lock(engine), List.of());
    new Gate(spec).run(GateListener.NONE);
    return spec;
  }

  private String summary(GateSpec spec, String engine) throws IOException {
    ClaimDebug debug = ClaimDebug.of(spec, Toy.ACCURACY);
    return DebugSummary.of(
        debug,
        environments,
        Environments.present(spec.key(spec.tests().get(0)), lock(engine), List.of()));
  }

  @Test
  void debug_afterARegression_findsTheLastPass_theChange_andTheFirstStep() throws Exception {
    GateSpec good = run("1.0");
    toy.runner = Toy.runner(-0.05, 0.8);
    GateSpec bad = run("1.1");

    ClaimDebug debug = ClaimDebug.of(bad, Toy.ACCURACY);
    assertEquals(ClaimState.FAIL, debug.newest().state());
    assertEquals(good.key(good.tests().get(0)).digest(), debug.lastPass().orElseThrow().key());
    List<Departure> departures = debug.departures(debug.lastPass().orElseThrow());
    // At step 100 the difference is -0.05 (1 - 0.3 / e), and every passing run is about 0 ± 0.002.
    Departure departure =
        departures.stream()
            .filter(d -> d.metric().equals("accuracy_difference"))
            .findFirst()
            .orElseThrow();
    assertEquals(100, departure.step());

    String text = summary(bad, "1.1");
    assertTrue(text.startsWith("# pruning/toy/accuracy: FAIL\n"), text);
    assertTrue(text.contains("- subject toy.jar changed\n- lock changed\n"), text);
    assertTrue(text.contains("- class path: org.example:engine: was 1.0 sha256:"), text);
    assertTrue(text.contains("- statistical: from step 100 on accuracy_difference"), text);
    assertTrue(text.contains("- exact: accuracy_difference at step 100 was "), text);
    assertTrue(text.contains("another seed"), text);
    String badKey = bad.key(bad.tests().get(0)).digest().hex().substring(0, 16);
    int newest = debug.newestRun().index();
    assertTrue(
        text.contains(
            "gate:replay -Dgate.claim=pruning/toy/accuracy -Dgate.run=%d -Dgate.runKey=%s\n"
                .formatted(newest, badKey)),
        text);
    assertTrue(text.contains("-Dgate.anyClassPath"), text);
  }

  @Test
  void debug_ofAHealthyChange_hasNoDeparture() throws Exception {
    run("1.0");
    String text = summary(run("1.1"), "1.1");
    assertTrue(text.startsWith("# pruning/toy/accuracy: PASS\n"), text);
    assertTrue(text.contains("stays within 3 standard deviations of"), text);
  }

  /** A reviewer's runs have other seeds, and say nothing of what the project had before. */
  @Test
  void debug_afterAReproduction_comparesTheProjectsOwnRuns() throws Exception {
    GateSpec first = run("1.0");
    GateSpec own = with("1.1");
    GateSpec reviewers = reproducedByTim(own);
    new Gate(reviewers).run(GateListener.NONE);

    assertEquals(
        first.key(first.tests().get(0)).digest(), ClaimDebug.of(own, Toy.ACCURACY).newest().key());
    run("1.1");
    ClaimDebug debug = ClaimDebug.of(own, Toy.ACCURACY);
    assertEquals(first.key(first.tests().get(0)).digest(), debug.lastPass().orElseThrow().key());
    assertTrue(summary(own, "1.1").contains("(reproduction of tim): PASS"));
    ClaimDebug tims = ClaimDebug.of(reviewers, Toy.ACCURACY);
    assertEquals("tim", tims.reproducer(tims.newest()));
    assertTrue(tims.lastPass().isEmpty());
  }

  @Test
  void debug_ofReproductionsOnly_isRefused() throws Exception {
    GateSpec own = run("1.0");
    GateSpec reviewers = reproducedByTim(own);
    assertRefused(() -> ClaimDebug.of(reviewers, Toy.ACCURACY), "has no run of tim's own in");
  }

  @Test
  void debug_newestRunWithoutItsFolder_saysSo() throws Exception {
    run("1.0");
    GateSpec spec = run("1.1");
    ClaimDebug debug = ClaimDebug.of(spec, Toy.ACCURACY);
    for (int run = 1; run <= debug.newest().runs().size(); run++) {
      Files.delete(
          RunFolders.curves(
              RunFolders.of(spec.output(), debug.claim().test(), debug.newest().key(), run)));
    }
    assertTrue(summary(spec, "1.1").contains("its curves are not here"));
  }

  @Test
  void debug_withoutAnEarlierPass_saysSo_andHasATableRowForEachRun() throws Exception {
    toy.runner.voids(2);
    GateSpec spec = run("1.0");
    ClaimDebug debug = ClaimDebug.of(spec, Toy.ACCURACY);
    String text = summary(spec, "1.0");
    assertTrue(text.contains("No other key of this ledger passes"), text);
    long rows = text.lines().filter(line -> line.matches("\\| \\d+ \\| \\d+ \\| .*")).count();
    assertEquals(debug.newest().runs().size() + 1, rows);
    assertEquals(
        1, text.lines().filter(line -> line.contains("| VOID | does not count |")).count());
  }

  @Test
  void write_curvesAndLogsOfAllRuns_andNothingForeign() throws Exception {
    GateSpec spec = run("1.0");
    ClaimDebug debug = ClaimDebug.of(spec, Toy.ACCURACY);
    Digest key = debug.newest().key();
    String test = debug.claim().test();
    Files.writeString(RunFolders.of(spec.output(), test, key, 1).resolve("run.log"), "epoch 1\n");
    Files.writeString(
        RunFolders.curves(RunFolders.of(spec.output(), test, key, 2)),
        "{\"metric\":\"zeros\",\"step\":1,\"value\":1}\n");
    Path out = folder.resolve("debug");
    DebugFiles.write(out, debug.histories(), spec.output(), test);

    String csv = Files.readString(out.resolve("curves/" + DebugFiles.name(key, 1) + ".csv"));
    assertTrue(csv.startsWith("metric,step,value\naccuracy,100,"), csv);
    // Three metrics of ten steps.
    assertEquals(31, csv.lines().count());
    assertTrue(csv.contains("\nzeros,1000,0.8\n"), csv);
    assertFalse(Files.exists(out.resolve("curves/" + DebugFiles.name(key, 2) + ".csv")));
    assertTrue(Files.exists(out.resolve("curves/" + DebugFiles.name(key, 3) + ".csv")));
    assertEquals(
        "epoch 1\n", Files.readString(out.resolve("logs/" + DebugFiles.name(key, 1) + ".log")));
  }

  @Test
  void write_longLogs_staysUnder5Megabytes() throws Exception {
    GateSpec spec = run("1.0");
    ClaimDebug debug = ClaimDebug.of(spec, Toy.ACCURACY);
    String test = debug.claim().test();
    int runs = debug.newest().runs().size();
    String flood = "x".repeat(3_000_000) + "the end";
    for (int run = 1; run <= runs; run++) {
      Path log = RunFolders.of(spec.output(), test, debug.newest().key(), run).resolve("run.log");
      Files.writeString(log, "the beginning" + flood);
    }
    Path out = folder.resolve("debug");
    DebugFiles.write(out, debug.histories(), spec.output(), test);
    long size = 0;
    try (Stream<Path> files = Files.walk(out)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        size += Files.size(file);
      }
    }
    assertTrue(size + DebugSummary.LONGEST < 5_000_000, size + " bytes");
    String part =
        Files.readString(out.resolve("logs/" + DebugFiles.name(debug.newest().key(), 1) + ".log"));
    assertTrue(part.startsWith("the beginning"));
    assertTrue(part.endsWith("the end"));
  }

  @Test
  void csv_tooLong_keepsEverySecondPointAndTheLast() throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int step = 0; step <= 10_001; step++) {
      lines.append("{\"metric\":\"a, b\",\"step\":%d,\"value\":0.25}\n".formatted(step));
    }
    Path file = folder.resolve("curves.jsonl");
    Files.writeString(file, lines);
    Curves curves = Curves.read(file);
    byte[] all = DebugFiles.csv(curves, 1_000_000);
    assertEquals(10_003, new String(all, StandardCharsets.UTF_8).lines().count());
    byte[] some = DebugFiles.csv(curves, all.length - 1);
    List<String> rows = new String(some, StandardCharsets.UTF_8).lines().toList();
    // 0, 2, ..., 10000, and the last one.
    assertEquals(1 + 5001 + 1, rows.size());
    assertEquals("\"a, b\",10001,0.25", rows.get(rows.size() - 1));
    assertTrue(DebugFiles.csv(curves, 10).length <= 10);
  }

  @Test
  void of_unknownClaimOrNoRun_isRefused() throws IOException {
    GateSpec spec = toy.spec();
    Ledger.open(spec.ledger()).declare(spec.key(spec.tests().get(0)));
    assertRefused(() -> ClaimDebug.of(spec, "pruning/toy/size"), "there is no claim");
    assertRefused(() -> ClaimDebug.of(spec, null), "-Dgate.claim, one of [");
    assertRefused(() -> ClaimDebug.of(spec, Toy.ACCURACY), "run the gate first");
  }
}
