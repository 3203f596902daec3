package org.tfmot.gate.claim;

import org.apiguardian.api.API;

/**
 * Budget of a claim.
 *
 * @param minRuns runs before it can pass, at least 1
 * @param maxRuns runs after which it is inconclusive
 * @param maxMinutesPerRun after which a run is stopped and VOID
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record Limits(int minRuns, int maxRuns, double maxMinutesPerRun) {}
