package org.tfmot.gate.report;

import org.tfmot.gate.attestation.ClaimState;
import org.tfmot.gate.engine.GateResult;

/**
 * The result in the schema of a shields.io endpoint badge.
 *
 * @param schemaVersion 1
 * @param label its left half
 * @param message its right half
 * @param color of that
 */
record Badge(int schemaVersion, String label, String message, String color) {

  static Badge of(GateDocument document) {
    return new Badge(1, "release gate", document.message(), color(document.result()));
  }

  private static String color(GateResult result) {
    if (result.released()) {
      return "brightgreen";
    }
    return result.counts().containsKey(ClaimState.FAIL) ? "red" : "orange";
  }
}
