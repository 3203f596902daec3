package org.tfmot.gate.engine;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.engine.Register.Member;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.Ledger;
import org.tfmot.gate.ledger.LedgerRecord;
import org.tfmot.gate.ledger.LedgerRecord.RunFinished;
import org.tfmot.gate.ledger.LedgerRecord.RunStarted;
import org.tfmot.gate.ledger.RunStatus;

/**
 * Seeds that collapse, in claims that take for granted that none does (MEAN and PAIRED). A run
 * collapsed if its value is nearer to the worst value than to the floor while another run of the
 * same key is good. Where all runs of a key are bad the code was, and the seeds say nothing.
 */
final class Collapses {

  private record RunId(Digest key, int index) {}

  /** The runs of a claim under one key. */
  private static final class Seen {
    private final ClaimRule rule;
    private boolean good;
    private @Nullable RunFinished bad;

    Seen(ClaimRule rule) {
      this.rule = rule;
    }

    void add(RunFinished run) {
      double value = rule.value(run);
      good |= rule.overFloor(value) >= 0;
      if (isCollapse(rule, value)) {
        bad = run;
      }
    }

    @Nullable String sentence() {
      return good && bad != null ? Collapses.sentence(rule, bad.index(), rule.value(bad)) : null;
    }
  }

  private Collapses() {}

  /** Returns, by claim, the first collapse that a ledger has under any key. */
  static Map<String, String> of(Register register, Ledger ledger) {
    Map<RunId, Set<String>> claims = new HashMap<>();
    Map<String, Map<Digest, Seen>> seen = new HashMap<>();
    for (LedgerRecord line : ledger.records()) {
      if (line instanceof RunStarted start) {
        claims.put(new RunId(start.key(), start.index()), start.claimIds());
      } else if (line instanceof RunFinished end && end.status() != RunStatus.VOID) {
        for (String id : claims.getOrDefault(new RunId(end.key(), end.index()), Set.of())) {
          ClaimRule rule = mean(register, id);
          if (rule != null) {
            seen.computeIfAbsent(id, claim -> new HashMap<>())
                .computeIfAbsent(end.key(), key -> new Seen(rule))
                .add(end);
          }
        }
      }
    }
    Map<String, String> collapses = new HashMap<>();
    seen.forEach(
        (id, keys) -> {
          for (Seen key : keys.values()) {
            String sentence = key.sentence();
            if (sentence != null) {
              collapses.put(id, sentence + " under an earlier key");
            }
          }
        });
    return collapses;
  }

  private static @Nullable ClaimRule mean(Register register, String id) {
    Member member = register.members().get(id);
    return member != null && member.claim().kind().isMean() ? member.rule() : null;
  }

  /** Returns the collapse among the runs of one key; null if there is none. */
  static @Nullable String among(ClaimRule rule, Iterable<RunValue> runs) {
    if (!rule.claim().kind().isMean()) {
      return null;
    }
    boolean good = false;
    String bad = null;
    for (RunValue run : runs) {
      good |= rule.overFloor(run.value()) >= 0;
      if (isCollapse(rule, run.value())) {
        bad = sentence(rule, run.index(), run.value());
      }
    }
    return good ? bad : null;
  }

  private static boolean isCollapse(ClaimRule rule, double value) {
    return rule.overFloor(value) <= rule.overFloor(rule.claim().worst()) / 2;
  }

  private static String sentence(ClaimRule rule, int index, double value) {
    return "run %d collapsed to %s %s"
        .formatted(index, rule.claim().metric(), ClaimVerdict.text(rule.claim(), value));
  }
}
