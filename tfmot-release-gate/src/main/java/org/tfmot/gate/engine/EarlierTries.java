package org.tfmot.gate.engine;

import java.util.List;
import org.tfmot.gate.attestation.ClaimState;

/**
 * Outcomes of a claim's keys before the present one.
 *
 * @param passedRuns runs under those that passed
 * @param failed how many did not pass since the last one that did: each changed file is another
 *     draw of seeds
 */
record EarlierTries(int passedRuns, int failed) {

  /**
   * Counts them.
   *
   * @param others by key, oldest first
   */
  static EarlierTries of(List<Standing> others) {
    int passedRuns = 0;
    int failed = 0;
    for (Standing other : others) {
      if (other.state() == ClaimState.PASS) {
        passedRuns += other.runs().size();
        failed = 0;
      } else if (!other.runs().isEmpty()) {
        failed++;
      }
    }
    return new EarlierTries(passedRuns, failed);
  }
}
