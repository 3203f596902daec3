package org.tfmot.gate.engine;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.claim.Claim;
import org.tfmot.gate.claim.TechniqueDescriptor;
import org.tfmot.gate.dependency.Dependencies;
import org.tfmot.gate.dependency.DependencyStore;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.EvidenceKey;
import org.tfmot.gate.ledger.Ledger;
import org.tfmot.gate.ledger.LedgerRecord.RunFinished;
import org.tfmot.gate.ledger.RunStatus;
import org.tfmot.gate.run.RunResult;

/**
 * Keys under which the runs of a build are evidence. A build goes on under the key of an earlier
 * one while it has all that the runs of that key depended on; else it begins one of its own.
 *
 * <p>All runs of a key hold together or not at all: were they judged one by one, a class that only
 * bad runs load could be changed to be rid of them.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public final class EvidenceKeys {

  private static final String COMMAND = "it is a command";
  private static final Digest UNRECORDED = Digest.of(new byte[0]);
  private static final Dependencies LOST =
      Dependencies.onFiles(
          new TreeMap<>(Map.of("the record of what a run depended on", UNRECORDED)),
          "that record is not here");

  private final GateSpec spec;
  private final Ledger ledger;
  private final DependencyStore store;
  private final Map<String, EvidenceKey> keys = new HashMap<>();
  private final Map<Digest, List<EvidenceKey>> declared = new HashMap<>();

  private EvidenceKeys(GateSpec spec, Ledger ledger, DependencyStore store) {
    this.spec = spec;
    this.ledger = ledger;
    this.store = store;
  }

  /**
   * Returns the keys of a build.
   *
   * @param ledger as it is now; runs that this build adds do not change them
   */
  public static EvidenceKeys of(GateSpec spec, Ledger ledger) throws IOException {
    EvidenceKeys found =
        new EvidenceKeys(spec, ledger, DependencyStore.read(DependencyStore.file(spec.ledger())));
    for (Digest digest : spec.build() == null ? List.<Digest>of() : ledger.keys()) {
      EvidenceKey key = ledger.declared(digest).orElseThrow();
      found.declared.computeIfAbsent(key.claims(), claims -> new ArrayList<>()).add(key);
    }
    spec.ownKeys().forEach((test, own) -> found.keys.put(test, found.resolve(own)));
    return found;
  }

  /**
   * Returns the keys of a build by its ledger, which is made if it is missing.
   *
   * @throws org.tfmot.gate.ledger.LedgerException if the ledger is damaged
   */
  public static EvidenceKeys of(GateSpec spec) throws IOException {
    return of(spec, Ledger.open(spec.ledger()));
  }

  /**
   * Returns the key of a test; one that proves no claim has that of whole files.
   *
   * @throws IllegalArgumentException if there is no such test
   */
  public EvidenceKey key(String test) {
    EvidenceKey key = keys.get(test);
    return key == null ? spec.key(spec.test(test)) : key;
  }

  private EvidenceKey resolve(EvidenceKey own) {
    PresentBuild build = spec.build();
    if (build == null) {
      return own;
    }
    List<EvidenceKey> candidates = declared.getOrDefault(own.claims(), List.of());
    EvidenceKey begun = null;
    for (int i = candidates.size() - 1; i >= 0; i--) {
      EvidenceKey older = candidates.get(i);
      if (older.conditions() != null
          && older.otherConditions(own).isEmpty()
          && changes(older, own).isEmpty()) {
        if (!ledger.ends(older.digest()).isEmpty()) {
          return older;
        }
        begun = begun == null ? older : begun;
      }
    }
    if (begun != null) {
      return begun;
    }
    EvidenceKey fresh = own;
    while (ledger.declared(fresh.digest()).isPresent()) {
      fresh = fresh.renewed();
    }
    return fresh;
  }

  /**
   * Returns what is not as it was for the runs of a key, in a few words each; empty if they are
   * evidence about this build.
   *
   * @param older a declared key
   * @param test of this build
   */
  public List<String> changes(Digest older, String test) {
    Optional<EvidenceKey> parts = ledger.declared(older);
    GateTest own = spec.test(test);
    return parts.isEmpty() ? List.of("an unknown key") : changes(parts.get(), spec.key(own));
  }

  private List<String> changes(EvidenceKey older, EvidenceKey own) {
    PresentBuild build = spec.build();
    if (build == null || older.conditions() == null) {
      return older.differences(own);
    }
    List<String> changes = new ArrayList<>(older.otherConditions(own));
    TreeSet<String> found = new TreeSet<>();
    for (Dependencies run : runs(ledger, store, older.digest())) {
      found.addAll(run.changes(build.content(), own.files()));
    }
    changes.addAll(found);
    return changes;
  }

  /**
   * Returns what the runs of a key depended on, each once; where it is not recorded, a dependency
   * on a file that no build has. VOID runs are evidence of nothing: they count while there is no
   * other, so that a build that no run could begin with is not held against the next.
   */
  static List<Dependencies> runs(Ledger ledger, DependencyStore store, Digest key) {
    Map<Digest, Dependencies> found = new LinkedHashMap<>();
    List<RunFinished> ends = ledger.ends(key);
    boolean results = ends.stream().anyMatch(end -> end.status() != RunStatus.VOID);
    for (RunFinished end : ends) {
      if (results && end.status() == RunStatus.VOID) {
        continue;
      }
      Digest digest = end.dependencies() == null ? UNRECORDED : end.dependencies();
      found.computeIfAbsent(digest, d -> store.find(d).orElse(LOST));
    }
    return List.copyOf(found.values());
  }

  /**
   * Keeps what a run of this build depended on.
   *
   * @return its digest, for the ledger; null for a build of whole files
   */
  @Nullable Digest keep(GateTest test, RunResult run) throws IOException {
    PresentBuild build = spec.build();
    if (build == null) {
      return null;
    }
    SortedMap<String, Digest> files = spec.key(test).files();
    return store.put(
        run.loaded() == null
            ? Dependencies.onFiles(files, COMMAND)
            : Dependencies.of(run.loaded(), build.content(), techniques(test), files));
  }

  /** Returns what an attestation says of inputs, besides the released files. */
  SortedMap<String, Digest> inputs() {
    PresentBuild build = spec.build();
    SortedMap<String, Digest> inputs =
        AttestedInputs.of(spec.lock(), spec.datasets(), build == null ? null : build.conditions());
    keys.forEach(
        (test, key) -> {
          Digest unreleased = AttestedInputs.unreleased(runs(ledger, store, key.digest()));
          if (unreleased != null) {
            inputs.put(AttestedInputs.unreleased(test), unreleased);
          }
        });
    return inputs;
  }

  private SortedSet<String> techniques(GateTest test) {
    SortedSet<String> found = new TreeSet<>();
    for (TechniqueDescriptor technique : spec.techniques()) {
      if (technique.claims().stream().map(Claim::test).anyMatch(test.name()::equals)) {
        found.add(technique.technique());
      }
    }
    return found;
  }
}
