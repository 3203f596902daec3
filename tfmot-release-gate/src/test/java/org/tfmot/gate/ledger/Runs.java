package org.tfmot.gate.ledger;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.LedgerRecord.RunFinished;
import org.tfmot.gate.ledger.LedgerRecord.RunStarted;

/** Records for tests. */
final class Runs {

  static final String CLAIM = "pruning/resnet/accuracy";

  private Runs() {}

  static Digest digest(String text) {
    return Digest.of(text.getBytes(StandardCharsets.UTF_8));
  }

  static EvidenceKey key(String jar) {
    TreeMap<String, Digest> subjects = new TreeMap<>();
    subjects.put("a.jar", digest(jar));
    subjects.put("b.jar", digest("b"));
    return new EvidenceKey(
        subjects,
        digest("example"),
        digest("lock"),
        new TreeMap<>(),
        digest("claims"),
        "linux",
        "");
  }

  static SortedSet<String> claims(String... ids) {
    return new TreeSet<>(Set.of(ids));
  }

  static RunStarted start(Digest key, int index) {
    return RunStarted.of(key, claims(CLAIM), index);
  }

  static RunFinished end(Digest key, int index, RunStatus status, double value) {
    TreeMap<String, Double> metrics = new TreeMap<>();
    if (status == RunStatus.OK) {
      metrics.put("accuracy", value);
    }
    return new RunFinished(
        key,
        index,
        Seeds.seed(key, index),
        status,
        metrics,
        null,
        1.5,
        status == RunStatus.OK ? null : "TIMEOUT");
  }

  static void run(Ledger ledger, Digest key, int index, double value) throws IOException {
    ledger.append(start(key, index));
    ledger.append(end(key, index, RunStatus.OK, value));
  }
}
