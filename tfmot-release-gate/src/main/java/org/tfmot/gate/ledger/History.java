package org.tfmot.gate.ledger;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.LedgerRecord.KeyDeclared;
import org.tfmot.gate.ledger.LedgerRecord.RunFinished;
import org.tfmot.gate.ledger.LedgerRecord.RunStarted;

/** The records up to now by key and run, and the record that may come next. */
final class History implements HashChain.Rules<LedgerRecord> {

  /** All that is recorded of one run. */
  static final class Run {
    final RunStarted start;
    final List<RunFinished> voids = new ArrayList<>(0);
    int starts;
    @Nullable RunFinished result;

    Run(RunStarted start) {
      this.start = start;
    }

    int ends() {
      return voids.size() + (result == null ? 0 : 1);
    }
  }

  private static final NavigableSet<Long> NO_COUNTERS = Collections.emptyNavigableSet();

  private final Map<List<String>, NavigableSet<Long>> counters = new HashMap<>();
  private final Map<Digest, EvidenceKey> keys = new LinkedHashMap<>();
  private final Map<Digest, SortedMap<Integer, Run>> runs = new LinkedHashMap<>();

  @Override
  public void check(LedgerRecord body, boolean fresh) {
    if (body instanceof RunStarted start) {
      checkStart(start, fresh);
    } else if (body instanceof RunFinished end) {
      checkEnd(end, fresh);
    }
  }

  private void checkStart(RunStarted start, boolean fresh) {
    if (!keys.containsKey(start.key())) {
      throw new IllegalArgumentException(
          "run %d is for the key %s, which was not declared".formatted(start.index(), start.key()));
    }
    int seed = start.dueSeed();
    if (start.seed() != seed) {
      throw new IllegalArgumentException(
          "run %d has the seed %d; its seed is %d and cannot be chosen"
              .formatted(start.index(), start.seed(), seed));
    }
    Run run = run(start.key(), start.index());
    if (run == null) {
      checkCounter(start, fresh);
      return;
    }
    if (!Objects.equals(run.start.draw(), start.draw())) {
      throw new IllegalArgumentException(
          "run %d was begun with another seed: it is repeated as it was begun"
              .formatted(start.index()));
    }
    if (fresh && run.result != null) {
      throw new IllegalArgumentException(
          "run %d has its result: a run is not repeated, the next run is appended"
              .formatted(start.index()));
    }
    if (!run.start.claimIds().equals(start.claimIds())) {
      throw new IllegalArgumentException(
          "run %d was started for %s and cannot be repeated for %s"
              .formatted(start.index(), run.start.claimIds(), start.claimIds()));
    }
  }

  /** A runner counts its runs of a test: no number is there twice, and a new one is the next. */
  private void checkCounter(RunStarted start, boolean fresh) {
    SeedDraw draw = start.draw();
    if (draw == null) {
      return;
    }
    long last = lastCounter(draw.test(), draw.runner());
    if (fresh && draw.counter() != last + 1) {
      throw new IllegalArgumentException(
          "run %d is number %d of %s by its runner; the next is %d"
              .formatted(start.index(), draw.counter(), draw.test(), last + 1));
    }
    if (counters(draw.test(), draw.runner()).contains(draw.counter())) {
      throw new IllegalArgumentException(
          ("run %d is number %d of %s by its runner, and there is such a run: two ledgers went on"
                  + " from one")
              .formatted(start.index(), draw.counter(), draw.test()));
    }
  }

  private NavigableSet<Long> counters(String test, String runner) {
    return counters.getOrDefault(List.of(test, runner), NO_COUNTERS);
  }

  /** The highest number that a runner gave to a run of a test; 0 if it has made none. */
  long lastCounter(String test, String runner) {
    NavigableSet<Long> found = counters(test, runner);
    return found.isEmpty() ? 0 : found.last();
  }

  private void checkEnd(RunFinished end, boolean fresh) {
    Run run = run(end.key(), end.index());
    if (run == null || run.starts == run.ends()) {
      throw new IllegalArgumentException(
          run != null && run.result != null
              ? "run %d has its result already".formatted(end.index())
              : "run %d ended without a start".formatted(end.index()));
    }
    if (run.start.seed() != end.seed()) {
      throw new IllegalArgumentException(
          "run %d was started with the seed %d and ended with %d"
              .formatted(end.index(), run.start.seed(), end.seed()));
    }
    if (run.start.draw() != null && end.signed() == null) {
      throw new IllegalArgumentException(
          "run %d was begun by a runner and is not signed by one".formatted(end.index()));
    }
    // In a merged ledger another shard's VOID may come late.
    if (run.result != null && (fresh || end.status() != RunStatus.VOID)) {
      throw new IllegalArgumentException("run %d has its result already".formatted(end.index()));
    }
  }

  @Override
  public void accept(LedgerRecord body) {
    if (body instanceof KeyDeclared declared) {
      Digest key = declared.evidenceKey().digest();
      keys.put(key, declared.evidenceKey());
      runs.computeIfAbsent(key, k -> new TreeMap<>());
    } else if (body instanceof RunStarted start) {
      SeedDraw draw = start.draw();
      if (draw != null) {
        counters
            .computeIfAbsent(List.of(draw.test(), draw.runner()), id -> new TreeSet<>())
            .add(draw.counter());
      }
      runs(start.key()).computeIfAbsent(start.index(), index -> new Run(start)).starts++;
    } else if (body instanceof RunFinished end) {
      Run run = run(end.key(), end.index());
      if (run != null && end.status() == RunStatus.VOID) {
        run.voids.add(end);
      } else if (run != null) {
        run.result = end;
      }
    }
  }

  @Nullable EvidenceKey declared(Digest key) {
    return keys.get(key);
  }

  Set<Digest> keys() {
    return Collections.unmodifiableSet(keys.keySet());
  }

  /** The runs under a key, by number. */
  Collection<Run> runsOf(Digest key) {
    SortedMap<Integer, Run> found = runs.get(key);
    return found == null ? List.of() : found.values();
  }

  private SortedMap<Integer, Run> runs(Digest key) {
    return runs.computeIfAbsent(key, k -> new TreeMap<>());
  }

  private @Nullable Run run(Digest key, int index) {
    SortedMap<Integer, Run> found = runs.get(key);
    return found == null ? null : found.get(index);
  }
}
