package org.tfmot.gate.ledger;

import java.util.ArrayList;
import java.util.List;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.LedgerRecord.RunFinished;

/**
 * The runs that are evidence for one claim under one key.
 *
 * <p>Runs count in the order of their numbers, and only up to the first one without a result: a run
 * that was started and never finished, or ended VOID, is repeated with the same number and the same
 * seed before anything behind it counts. So stopping a run that looks bad gains nothing.
 *
 * @param key the digest of the key
 * @param claimId the claim
 * @param runs the results that count, whatever but VOID, in the order of their numbers
 * @param waiting results behind the first run without one; they count when that one has its result
 * @param voids the runs that ended VOID, each time again; they count for nothing
 * @param interrupted how many starts have no end at all (killed, or under way now)
 * @param turns the numbers without a result up to the highest one that was started, then the next
 *     new one: what is to be run next, in this order
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record Evidence(
    Digest key,
    String claimId,
    List<RunFinished> runs,
    List<RunFinished> waiting,
    List<RunFinished> voids,
    int interrupted,
    List<Turn> turns) {

  /**
   * A run that is to be started.
   *
   * @param index its number under the key, from 1
   * @param seed its seed
   * @param repeated whether it was started before
   */
  public record Turn(int index, int seed, boolean repeated) {}

  /** Copies the lists. */
  public Evidence {
    runs = List.copyOf(runs);
    waiting = List.copyOf(waiting);
    voids = List.copyOf(voids);
    turns = List.copyOf(turns);
  }

  /** The run that has to be started next. */
  public Turn next() {
    return turns.get(0);
  }

  /**
   * The values of a metric, one for each run that counts. A diverged run, a run that did not report
   * the metric, NaN and the infinities have the worst value: none is ever left out.
   *
   * @param worst the worst value that the metric can have
   */
  public List<Double> values(String metric, double worst) {
    List<Double> values = new ArrayList<>(runs.size());
    for (RunFinished run : runs) {
      Double value = run.status() == RunStatus.OK ? run.metrics().get(metric) : null;
      values.add(value == null || !Double.isFinite(value) ? (Double) worst : value);
    }
    return values;
  }

  /**
   * @param parts the key; null if it was not declared, and has no runs
   */
  static Evidence of(
      Digest key,
      String claimId,
      Iterable<History.Run> history,
      @Nullable EvidenceKey parts,
      RunAdmission admission) {
    List<RunFinished> runs = new ArrayList<>();
    List<RunFinished> waiting = new ArrayList<>();
    List<RunFinished> voids = new ArrayList<>();
    List<Turn> turns = new ArrayList<>();
    int interrupted = 0;
    int next = 1;
    for (History.Run run : history) {
      for (int index = next; index < run.start.index(); index++) {
        turns.add(new Turn(index, Seeds.seed(key, index), false));
      }
      next = run.start.index() + 1;
      if (parts == null
          || !run.start.claimIds().contains(claimId)
          || !admission.admits(parts, run.start, run.result)) {
        continue;
      }
      for (RunFinished end : run.voids) {
        if (admission.admits(parts, run.start, end)) {
          voids.add(end);
        }
      }
      interrupted += run.starts - run.ends();
      if (run.result == null) {
        turns.add(new Turn(run.start.index(), run.start.seed(), true));
      } else {
        (turns.isEmpty() ? runs : waiting).add(run.result);
      }
    }
    turns.add(new Turn(next, Seeds.seed(key, next), false));
    return new Evidence(key, claimId, runs, waiting, voids, interrupted, turns);
  }
}
