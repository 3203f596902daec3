package org.tfmot.gate.statistics;

import org.apiguardian.api.API;

/**
 * Probabilities of how a sequential test of a claim ends under a run limit.
 *
 * @param pass probability of PASS
 * @param fail probability of FAIL
 * @param inconclusive probability of no decision at the limit
 * @param meanRuns expected number of runs
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record Power(double pass, double fail, double inconclusive, double meanRuns) {}
