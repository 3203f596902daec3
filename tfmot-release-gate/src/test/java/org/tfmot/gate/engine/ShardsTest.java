package org.tfmot.gate.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tfmot.gate.ledger.LedgerMerge;

class ShardsTest {

  @Test
  void parse_iOfN_isThatShard() {
    assertEquals(new Shard(2, 5), Shards.parse("2/5"));
    assertEquals("2/5", Shards.parse(" 2/5 ").toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "2", "0/5", "6/5", "1/0", "-1/5", "a/b", "1/5/6", "99999999999/1"})
  void parse_noShard_isRefused(String text) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Shards.parse(text));
    assertTrue(e.getMessage().contains("2/5"), e.getMessage());
  }

  @Test
  void fromEnvironment_eachSystem_isRead() {
    assertEquals(Optional.empty(), Shards.fromEnvironment(Map.of("PATH", "/bin")));
    assertEquals(Optional.of(new Shard(2, 3)), Shards.fromEnvironment(Map.of("GATE_SHARD", "2/3")));
    assertEquals(
        Optional.of(new Shard(1, 4)),
        Shards.fromEnvironment(Map.of("GATE_SHARD_INDEX", "0", "GATE_SHARD_TOTAL", "4")));
    assertEquals(
        Optional.of(new Shard(4, 4)),
        Shards.fromEnvironment(Map.of("JOB_COMPLETION_INDEX", "3", "JOB_COMPLETION_COUNT", "4")));
    assertEquals(Optional.of(new Shard(3, 4)), Shards.fromEnvironment(slurm("9", "5", "4", "2")));
    assertEquals(
        Optional.of(new Shard(1, 1)),
        Shards.fromEnvironment(
            Map.of(
                "SLURM_ARRAY_TASK_ID", "7",
                "SLURM_ARRAY_TASK_MIN", "7",
                "SLURM_ARRAY_TASK_COUNT", "1")));
  }

  private static Map<String, String> slurm(String id, String min, String count, String step) {
    return Map.of(
        "SLURM_ARRAY_TASK_ID", id,
        "SLURM_ARRAY_TASK_MIN", min,
        "SLURM_ARRAY_TASK_COUNT", count,
        "SLURM_ARRAY_TASK_STEP", step);
  }

  @Test
  void fromEnvironment_halfAShard_isRefused() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> Shards.fromEnvironment(Map.of("JOB_COMPLETION_INDEX", "3")));
    assertTrue(e.getMessage().contains("JOB_COMPLETION_COUNT is not set"), e.getMessage());
    for (Map<String, String> wrong :
        List.of(
            Map.of("GATE_SHARD_INDEX", "4", "GATE_SHARD_TOTAL", "4"),
            Map.of("GATE_SHARD_INDEX", "x", "GATE_SHARD_TOTAL", "4"),
            slurm("8", "5", "4", "2"),
            slurm("13", "5", "4", "2"))) {
      assertThrows(
          IllegalArgumentException.class,
          () -> Shards.fromEnvironment(wrong),
          () -> wrong.toString());
    }
  }

  @Test
  void of_tests_areSplitEvenlyWhateverTheirOrder() {
    List<String> tests = new ArrayList<>();
    for (int i = 0; i < 23; i++) {
      tests.add("org.example.Test" + i + "#trains");
    }
    List<String> seen = new ArrayList<>();
    for (int i = 1; i <= 5; i++) {
      TreeSet<String> own = new TreeSet<>(Shards.of(new Shard(i, 5), tests));
      List<String> shuffled = new ArrayList<>(tests);
      Collections.reverse(shuffled);
      assertEquals(own, Shards.of(new Shard(i, 5), shuffled));
      assertTrue(own.size() == 4 || own.size() == 5);
      seen.addAll(own);
    }
    assertEquals(tests.size(), seen.size(), "none twice");
    assertEquals(new TreeSet<>(tests), new TreeSet<>(seen), "all");
  }

  @Test
  void merge_ofShards_decidesAsOneGate(@TempDir Path folder) throws Exception {
    GateResult whole = new Toy(folder.resolve("whole")).gate();
    List<Path> ledgers = new ArrayList<>();
    int runs = 0;
    for (int i = 1; i <= 2; i++) {
      Toy toy = new Toy(folder.resolve("shard" + i));
      toy.options = toy.options.withShard(new Shard(i, 2));
      GateResult part = toy.gate();
      assertFalse(part.released(), "a shard alone releases nothing");
      assertTrue(part.newRuns() > 0);
      runs += part.newRuns();
      ledgers.add(toy.spec().ledger());
    }
    Toy merged = new Toy(folder.resolve("merged"));
    Files.createDirectories(folder.resolve("merged"));
    LedgerMerge.merge(ledgers, merged.spec().ledger());
    GateResult result = merged.gate();
    assertEquals(0, result.newRuns());
    assertEquals(List.of(), merged.runner.requests);
    assertEquals(whole.verdicts(), result.verdicts());
    assertTrue(result.released());
    assertEquals(whole.newRuns(), runs);
  }
}
