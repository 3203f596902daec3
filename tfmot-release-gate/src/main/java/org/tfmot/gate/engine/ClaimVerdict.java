package org.tfmot.gate.engine;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.List;
import java.util.Optional;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.attestation.AttestedClaim;
import org.tfmot.gate.attestation.ClaimState;
import org.tfmot.gate.attestation.Interval;
import org.tfmot.gate.claim.Claim;
import org.tfmot.gate.claim.Measured;
import org.tfmot.gate.claim.Owner;
import org.tfmot.gate.claim.Target;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.statistics.BatchEffect;

/**
 * Verdict on a claim.
 *
 * @param claim what was claimed
 * @param technique whose claim it is
 * @param state how it stands; only PASS releases
 * @param beta its share of the false-block budget
 * @param key digest of what its runs are evidence about; null if no test proves it
 * @param runs those that count, in order
 * @param voids how many ended VOID
 * @param interrupted how many starts have no end
 * @param evidence after the last run; null for EXACT, and if the claim was refused
 * @param estimate the mean, or the share of runs that reached the target; null without a run
 * @param interval around it; null for EXACT and for fewer than two runs
 * @param tryNumber which try since the last release it is, from 1; null for EXACT, and if the claim
 *     was refused
 * @param batches what runs of one machine and day have in common; null if that is not known
 * @param owner whom to call
 * @param sentence what, by how much, how sure, whose
 * @param command what to do next; empty if nothing
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record ClaimVerdict(
    Claim claim,
    String technique,
    ClaimState state,
    double beta,
    @Nullable Digest key,
    List<RunValue> runs,
    int voids,
    int interrupted,
    @Nullable EvidenceLevel evidence,
    @Nullable Double estimate,
    @Nullable Interval interval,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Integer tryNumber,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable BatchEffect batches,
    Owner owner,
    String sentence,
    String command) {

  private static final int DIGITS = 6;

  /** Copies the list. */
  public ClaimVerdict {
    runs = List.copyOf(runs);
  }

  /** The claim's id. */
  public String id() {
    return claim.id();
  }

  /** The floor in the unit of the estimate: for claims about a target, the share p0. */
  public double floor() {
    Target target = claim.target();
    return target == null ? claim.floor() : target.p0();
  }

  /** The documented value in the unit of the estimate: for claims about a target, the share p1. */
  public double documented() {
    Target target = claim.target();
    return target == null ? claim.documented() : target.p1();
  }

  /** For the table of benefits; empty without a run. */
  public Optional<Measured> measured() {
    if (estimate == null) {
      return Optional.empty();
    }
    double low = interval == null ? estimate : interval.low();
    double high = interval == null ? estimate : interval.high();
    return Optional.of(new Measured(estimate, low, high, runs.size()));
  }

  /** For the attestation. */
  public AttestedClaim attested() {
    return new AttestedClaim(
        claim.id(),
        claim.alpha(),
        beta,
        runs.size(),
        runs.stream().map(RunValue::seed).toList(),
        evidence == null ? null : (Double) evidence.value(),
        state,
        estimate,
        interval,
        tryNumber,
        tryNumber == null ? null : (Double) claim.alpha(tryNumber),
        batches);
  }

  /** A value of the estimate, with one decimal more than a single run can show. */
  public String text(double value) {
    return text(claim, value);
  }

  static String text(Claim claim, double value) {
    if (!Double.isFinite(value)) {
      return Double.toString(value);
    }
    double resolution = claim.kind().hasTarget() ? 0.1 : claim.resolution();
    BigDecimal exact = new BigDecimal(value);
    if (!(resolution > 0)) {
      return plain(exact.round(new MathContext(DIGITS)));
    }
    int decimals = Math.max(0, (int) Math.ceil(-Math.log10(resolution) - 1e-9)) + 1;
    return plain(exact.setScale(Math.min(decimals, 12), RoundingMode.HALF_EVEN));
  }

  private static String plain(BigDecimal value) {
    return value.signum() == 0 ? "0" : value.stripTrailingZeros().toPlainString();
  }
}
