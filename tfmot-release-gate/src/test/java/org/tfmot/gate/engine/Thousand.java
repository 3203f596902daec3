package org.tfmot.gate.engine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.tfmot.gate.claim.Claim;
import org.tfmot.gate.claim.Direction;
import org.tfmot.gate.claim.Kind;
import org.tfmot.gate.claim.Limits;
import org.tfmot.gate.claim.TechniqueDescriptor;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.json.Json;
import org.tfmot.gate.ledger.EvidenceKey;
import org.tfmot.gate.ledger.LedgerRecord;
import org.tfmot.gate.ledger.LedgerRecord.KeyDeclared;
import org.tfmot.gate.ledger.LedgerRecord.RunFinished;
import org.tfmot.gate.ledger.LedgerRecord.RunStarted;
import org.tfmot.gate.ledger.RunStatus;

/** A large suite, and its ledger of many nights, written without the flush of each line. */
final class Thousand {

  private static final int RUNS_PER_NIGHT = 6;

  private Thousand() {}

  /** Four claims of one test. */
  static List<Claim> claims(int test) {
    List<Claim> claims = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      claims.add(
          new Claim(
              "t%d/toy/m%d".formatted(test, i),
              "m" + i,
              Direction.HIGHER_IS_BETTER,
              Kind.MEAN,
              0.91,
              0.9,
              0.05,
              new Limits(5, 30, 4),
              null,
              1e-4,
              0,
              List.of(0.908, 0.912, 0.908, 0.912, 0.908, 0.912, 0.908, 0.912),
              "org.example.Test" + test + "#trains",
              "docs/rfc/toy.md",
              null,
              null));
    }
    return claims;
  }

  /** So many tests, each of four claims. */
  static GateSpec spec(Toy toy, int tests) {
    List<TechniqueDescriptor> techniques = new ArrayList<>();
    List<GateTest> gateTests = new ArrayList<>();
    for (int i = 0; i < tests; i++) {
      List<Claim> own = claims(i);
      techniques.add(Toy.descriptor("t" + i, own));
      gateTests.add(
          Toy.test(
              own.get(0).test(), toy.runner, own.stream().map(Claim::id).toArray(String[]::new)));
    }
    return toy.spec(techniques, gateTests);
  }

  /** Nights of other builds, the last one of this spec with a part of its runs. */
  static int write(GateSpec spec, int lines) throws IOException {
    int perNight = spec.tests().size() * (1 + 2 * RUNS_PER_NIGHT);
    int nights = lines / perNight + 1;
    Chain chain = new Chain();
    List<EvidenceKey> keys = spec.tests().stream().map(spec::key).toList();
    for (int night = nights; night >= 0; night--) {
      for (int i = 0; i < spec.tests().size(); i++) {
        GateTest test = spec.tests().get(i);
        EvidenceKey now = keys.get(i);
        TreeMap<String, Digest> jars = new TreeMap<>();
        jars.put("toy.jar", Toy.digest("night" + night));
        EvidenceKey key =
            night == 0
                ? now
                : new EvidenceKey(
                    jars,
                    now.example(),
                    now.lock(),
                    now.datasets(),
                    now.claims(),
                    now.hardware(),
                    "");
        runs(chain, key, test, night == 0 ? i % 3 : RUNS_PER_NIGHT);
      }
    }
    Files.writeString(spec.ledger(), chain.text);
    return chain.count;
  }

  private static void runs(Chain chain, EvidenceKey key, GateTest test, int count) {
    chain.add(new KeyDeclared(key));
    Digest digest = key.digest();
    for (int run = 1; run <= count; run++) {
      RunStarted start = RunStarted.of(digest, new TreeSet<>(test.claimIds()), run);
      chain.add(start);
      Random random = new Random(start.seed());
      TreeMap<String, Double> metrics = new TreeMap<>();
      for (int i = 0; i < 4; i++) {
        metrics.put("m" + i, 0.91 + 0.002 * random.nextGaussian());
      }
      chain.add(new RunFinished(digest, run, start.seed(), RunStatus.OK, metrics, null, 60, null));
    }
  }

  /** The format of a chain file, written a second time: its reader is the check. */
  private static final class Chain {
    final StringBuilder text = new StringBuilder();
    int count;
    private String previous = "sha256:" + "0".repeat(64);

    void add(LedgerRecord body) {
      Map<String, Object> members = new LinkedHashMap<>();
      members.put("body", Json.mapper().valueToTree(body));
      members.put("previous", previous);
      members.put("seq", ++count);
      members.put("time", "2026-01-01T00:00:00Z");
      String content = Json.canonical(members);
      previous = Digest.of(content.getBytes(StandardCharsets.UTF_8)).value();
      text.append("{\"digest\":\"").append(previous).append("\",");
      text.append(content, 1, content.length()).append('\n');
    }
  }
}
