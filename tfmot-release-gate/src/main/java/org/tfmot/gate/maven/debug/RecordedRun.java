package org.tfmot.gate.maven.debug;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.engine.EvidenceKeys;
import org.tfmot.gate.engine.GateSpec;
import org.tfmot.gate.engine.RunFolders;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.Ledger;
import org.tfmot.gate.ledger.LedgerRecord;
import org.tfmot.gate.ledger.LedgerRecord.RunFinished;
import org.tfmot.gate.ledger.LedgerRecord.RunStarted;
import org.tfmot.gate.ledger.RunStatus;
import org.tfmot.gate.run.Curves;

/**
 * A run of the ledger that has its result.
 *
 * @param start what it was started for
 * @param end how it ended, not VOID
 */
record RecordedRun(RunStarted start, RunFinished end) {

  /**
   * Finds a run of a claim.
   *
   * @param prefix the first digits of its key's digest; null for the newest key that has the run,
   *     or the present one if it has it
   * @throws IllegalArgumentException if there is no such run, several keys begin so, or the run has
   *     no result
   */
  static RecordedRun find(
      Ledger ledger, String claimId, int index, @Nullable String prefix, @Nullable Digest present) {
    List<Digest> keys = ledger.keys(claimId);
    if (prefix != null) {
      String digits = prefix.startsWith("sha256:") ? prefix.substring(7) : prefix;
      List<Digest> all = keys;
      keys = all.stream().filter(key -> key.hex().startsWith(digits)).toList();
      if (keys.size() != 1) {
        throw new IllegalArgumentException(
            "%d keys with runs for %s begin with \"%s\"; there are %s"
                .formatted(keys.size(), claimId, digits, all.stream().map(Digest::hex).toList()));
      }
    }
    RecordedRun found = null;
    for (Digest key : keys) {
      RecordedRun run = of(ledger, key, index);
      if (run != null
          && run.start.claimIds().contains(claimId)
          && (found == null || !found.end.key().equals(present))) {
        found = run;
      }
    }
    if (found == null) {
      throw new IllegalArgumentException(
          "the ledger has no run %d with a result for %s%s"
              .formatted(
                  index, claimId, prefix == null ? "" : " under the key " + keys.get(0).hex()));
    }
    return found;
  }

  /** Returns the key that it is evidence under. */
  Digest key() {
    return end.key();
  }

  /**
   * Draws some runs with a result of what a build's tests prove.
   *
   * @param count how many, at least 1; all, if there are not so many
   * @throws IllegalArgumentException if the count is under 1, or there is no run
   */
  static List<RecordedRun> draw(Ledger ledger, GateSpec spec, int count, Random random)
      throws IOException {
    if (count < 1) {
      throw new IllegalArgumentException(
          "gate.rerun is %d, it has to be at least 1".formatted(count));
    }
    Set<Digest> keys = new HashSet<>();
    EvidenceKeys present = EvidenceKeys.of(spec, ledger);
    spec.tests().forEach(test -> keys.add(present.key(test.name()).digest()));
    Map<List<Object>, RunStarted> starts = new HashMap<>();
    List<RecordedRun> runs = new ArrayList<>();
    for (LedgerRecord line : ledger.records()) {
      if (line instanceof RunStarted start && keys.contains(start.key())) {
        starts.put(List.of(start.key(), start.index()), start);
      } else if (line instanceof RunFinished end && end.status() != RunStatus.VOID) {
        RunStarted start = starts.get(List.of(end.key(), end.index()));
        if (start != null) {
          runs.add(new RecordedRun(start, end));
        }
      }
    }
    if (runs.isEmpty()) {
      throw new IllegalArgumentException("the ledger has no run of this build to make again");
    }
    Collections.shuffle(runs, random);
    return List.copyOf(runs.subList(0, Math.min(count, runs.size())));
  }

  private static @Nullable RecordedRun of(Ledger ledger, Digest key, int index) {
    RunStarted start = null;
    RunFinished end = null;
    for (LedgerRecord line : ledger.records()) {
      if (line instanceof RunStarted s && s.index() == index && s.key().equals(key)) {
        start = s;
      } else if (line instanceof RunFinished e
          && e.index() == index
          && e.key().equals(key)
          && e.status() != RunStatus.VOID) {
        end = e;
      }
    }
    return start == null || end == null ? null : new RecordedRun(start, end);
  }

  /** Returns the curves that it reported; empty if its folder is gone, or holds something else. */
  Optional<Curves> curves(Path output, String test) throws IOException {
    return curves(output, test, end);
  }

  /**
   * Returns the curves that a run reported; empty if its folder is gone, or holds something else.
   */
  static Optional<Curves> curves(Path output, String test, RunFinished end) throws IOException {
    Path file = RunFolders.curves(RunFolders.of(output, test, end.key(), end.index()));
    if (end.curvesDigest() == null
        || !Files.isRegularFile(file)
        || !Digest.of(file).equals(end.curvesDigest())) {
      return Optional.empty();
    }
    return Optional.of(Curves.read(file));
  }
}
