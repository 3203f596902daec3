package org.tfmot.gate.engine;

import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.RunStatus;

/**
 * A run as it counts for a claim.
 *
 * @param index its number under the key
 * @param seed its seed
 * @param status OK, DIVERGED or INVALID
 * @param value of the metric, the worst for a diverged run; 1 or 0 if the claim is about runs that
 *     reach a target, and this one did or did not
 * @param logEvidence natural logarithm of the evidence after it; null for EXACT
 * @param seconds how long it took
 * @param cause why it is not OK; null if it is
 * @param curvesDigest of what it reported, null if nothing
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record RunValue(
    int index,
    int seed,
    RunStatus status,
    double value,
    @Nullable Double logEvidence,
    double seconds,
    @Nullable String cause,
    @Nullable Digest curvesDigest) {}
