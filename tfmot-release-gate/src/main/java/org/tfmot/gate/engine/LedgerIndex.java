package org.tfmot.gate.engine;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.Ledger;
import org.tfmot.gate.ledger.LedgerRecord;
import org.tfmot.gate.ledger.LedgerRecord.RunFinished;
import org.tfmot.gate.ledger.LedgerRecord.RunStarted;
import org.tfmot.gate.ledger.RunStatus;

/** Index of what all keys together say of a claim, from one walk over the ledger. */
final class LedgerIndex {

  private record RunId(Digest key, int index) {}

  private static final class Time {
    double seconds;
    int runs;
  }

  private final Map<String, Map<Digest, Integer>> keys = new HashMap<>();
  private final Map<String, Time> times = new HashMap<>();

  private LedgerIndex() {}

  static LedgerIndex of(Ledger ledger) {
    LedgerIndex index = new LedgerIndex();
    Map<RunId, Set<String>> claims = new HashMap<>();
    int number = 0;
    for (LedgerRecord line : ledger.records()) {
      number++;
      if (line instanceof RunStarted start) {
        claims.put(new RunId(start.key(), start.index()), start.claimIds());
        for (String claim : start.claimIds()) {
          index
              .keys
              .computeIfAbsent(claim, id -> new LinkedHashMap<>())
              .putIfAbsent(start.key(), number);
        }
      } else if (line instanceof RunFinished end && end.status() != RunStatus.VOID) {
        for (String claim : claims.getOrDefault(new RunId(end.key(), end.index()), Set.of())) {
          Time time = index.times.computeIfAbsent(claim, id -> new Time());
          time.seconds += end.seconds();
          time.runs++;
        }
      }
    }
    return index;
  }

  /** The keys under which runs were started for a claim, other than one; oldest first. */
  List<Digest> otherKeys(String claimId, Digest key) {
    return begun(claimId).keySet().stream().filter(k -> !k.equals(key)).toList();
  }

  /** The keys under which runs were started for a claim, with the line of the first; in order. */
  Map<Digest, Integer> begun(String claimId) {
    return keys.getOrDefault(claimId, Map.of());
  }

  /** The mean time of a run for a claim. */
  OptionalDouble seconds(String claimId) {
    Time time = times.get(claimId);
    return time == null ? OptionalDouble.empty() : OptionalDouble.of(time.seconds / time.runs);
  }
}
