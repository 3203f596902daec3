package org.tfmot.gate.statistics;

/** A way to decide about one claim, this gate's or a common one, for {@link GateSimulation}. */
interface SimulatedGate {
  /** Returns the name in the table. */
  String name();

  /** Decides once, taking runs from the front; CONTINUE is inconclusive. */
  Outcome decide(SimulatedClaim claim);

  /** Returns whether the claim passes if the gate is tried again on each of so many nights. */
  boolean passesWithin(SimulatedClaim claim, int nights);

  /** A decision and the runs that it took. */
  record Outcome(Decision decision, int runs) {}

  /**
   * Simulated data of a claim, in standard deviations.
   *
   * @param runs values minus the floor
   * @param reference values of reference runs at the documented value, minus the floor
   */
  record SimulatedClaim(double[] runs, double[] reference) {}
}
