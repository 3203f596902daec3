package org.tfmot.gate.ledger;

import java.io.IOException;
import java.nio.file.Path;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apiguardian.api.API;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.LedgerRecord.KeyDeclared;

/**
 * The record of all runs: a {@link HashChain} that admits only what a run may do. A run is for a
 * declared key, has the seed of its number, counts for the claims it was started for, and has one
 * result; a run is never restarted to get another.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class Ledger {

  private final HashChain<LedgerRecord> chain;
  private final History history;

  private Ledger(HashChain<LedgerRecord> chain, History history) {
    this.chain = chain;
    this.history = history;
  }

  /**
   * Opens a ledger, makes it if it is missing, and repairs a torn last line.
   *
   * @throws LedgerException at any other damage, with line number and reason
   */
  public static Ledger open(Path file) throws IOException {
    History history = new History();
    return new Ledger(HashChain.open(file, LedgerRecord.class, history), history);
  }

  /**
   * Reads a ledger without changing anything, to verify it.
   *
   * @throws LedgerException at any damage, with line number and reason
   */
  public static Ledger read(Path file) throws IOException {
    History history = new History();
    return new Ledger(HashChain.read(file, LedgerRecord.class, history), history);
  }

  /**
   * Appends a record; when this returns it is on the device.
   *
   * @throws IllegalArgumentException if the history does not admit it: a seed that was chosen, a
   *     second result, a start for a run that has its result, an end without a start
   */
  public synchronized HashChain.Entry<LedgerRecord> append(LedgerRecord body) throws IOException {
    return chain.append(body);
  }

  /** Appends the parts of a key if they are not in the ledger yet; the key's digest. */
  public synchronized Digest declare(EvidenceKey key) throws IOException {
    Digest digest = key.digest();
    if (history.declared(digest) == null) {
      chain.append(new KeyDeclared(key));
    }
    return digest;
  }

  /** The parts of a key, if it was declared. */
  public synchronized Optional<EvidenceKey> declared(Digest key) {
    return Optional.ofNullable(history.declared(key));
  }

  /** All declared keys, oldest first. */
  public synchronized List<Digest> keys() {
    return List.copyOf(history.keys());
  }

  /** The keys under which a claim has runs, oldest first. */
  public synchronized List<Digest> keys(String claimId) {
    List<Digest> found = new ArrayList<>();
    for (Digest key : history.keys()) {
      if (history.runsOf(key).stream().anyMatch(run -> run.start.claimIds().contains(claimId))) {
        found.add(key);
      }
    }
    return found;
  }

  /** Returns the runs under a key that have an end, VOID ones too; none for an unknown key. */
  public synchronized List<LedgerRecord.RunFinished> ends(Digest key) {
    List<LedgerRecord.RunFinished> ends = new ArrayList<>();
    for (History.Run run : history.runsOf(key)) {
      ends.addAll(run.voids);
      if (run.result != null) {
        ends.add(run.result);
      }
    }
    return ends;
  }

  /** The evidence for a claim under a key, for looking; none for an unknown key. */
  public synchronized Evidence evidence(Digest key, String claimId) {
    return evidence(key, claimId, RunAdmission.LOOKING);
  }

  /** The evidence for a claim under a key, of the runs that count; none for an unknown key. */
  public synchronized Evidence evidence(Digest key, String claimId, RunAdmission admission) {
    return Evidence.of(key, claimId, history.runsOf(key), history.declared(key), admission);
  }

  /**
   * Returns how many runs of a test a runner has begun, whatever they were about.
   *
   * @param runner the id of its key
   */
  public synchronized long counter(String test, String runner) {
    return history.lastCounter(test, runner);
  }

  /** The records, in order; a view, not to be walked while another thread appends. */
  public List<LedgerRecord> records() {
    List<HashChain.Entry<LedgerRecord>> entries = chain.entries();
    return new AbstractList<>() {
      @Override
      public LedgerRecord get(int index) {
        return entries.get(index).body();
      }

      @Override
      public int size() {
        return entries.size();
      }
    };
  }

  /** The lines, in order; a view, as {@link #records}. */
  public List<HashChain.Entry<LedgerRecord>> entries() {
    return chain.entries();
  }

  /** The state of the chain. */
  public HashChain.Head head() {
    return chain.head();
  }

  /**
   * Returns whether this is, or continues, the ledger that had this head: nothing was taken from
   * it.
   */
  public boolean contains(HashChain.Head head) {
    return chain.contains(head);
  }

  /** The file beside the ledger that took a torn last line, if opening it found one. */
  public Optional<Path> repaired() {
    return chain.repaired();
  }

  /** Takes in what other processes have appended since. */
  public synchronized void refresh() throws IOException {
    chain.refresh();
  }
}
