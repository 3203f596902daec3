package org.tfmot.gate.claim;

import org.apiguardian.api.API;

/**
 * Value that a run has to reach, for RELIABILITY and TIME_TO_TARGET.
 *
 * @param value the metric's value
 * @param step by which step, at least 1
 * @param p0 the share of runs that is not enough, in (0, 1)
 * @param p1 the share of runs that is documented, in (p0, 1)
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record Target(double value, long step, double p0, double p1) {}
