package org.tfmot.gate.report;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.attestation.ClaimState;
import org.tfmot.gate.attestation.Interval;
import org.tfmot.gate.engine.ClaimVerdict;
import org.tfmot.gate.engine.EvidenceLevel;

/** Notation of states and numbers, the same everywhere. */
final class Words {

  private Words() {}

  static boolean passes(ClaimState state) {
    return state == ClaimState.PASS;
  }

  /** {@code PASS}, {@code VOID LIMIT}. */
  static String state(ClaimState state) {
    return state.name().replace('_', ' ');
  }

  /** {@code benefit-lost} for FAIL, else the state: the type of a JUnit failure or error. */
  static String type(ClaimState state) {
    return state == ClaimState.FAIL
        ? "benefit-lost"
        : state.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static String runs(int count) {
    return count == 1 ? "1 run" : count + " runs";
  }

  static String kind(ClaimVerdict verdict) {
    return verdict.claim().kind().name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  static String estimate(ClaimVerdict verdict) {
    Double estimate = verdict.estimate();
    return estimate == null ? "–" : verdict.text(estimate);
  }

  /** {@code [low, high]}; empty without one. */
  static String interval(ClaimVerdict verdict) {
    Interval interval = verdict.interval();
    return interval == null
        ? ""
        : "[%s, %s]".formatted(verdict.text(interval.low()), verdict.text(interval.high()));
  }

  /** {@code 38.2 / 20}; a dash where there is no chance. */
  static String evidence(ClaimVerdict verdict) {
    EvidenceLevel level = verdict.evidence();
    return level == null
        ? "–"
        : "%s / %s".formatted(significant(level.value()), significant(level.upper()));
  }

  /** Three digits; a dash for nothing. */
  static String significant(@Nullable Double value) {
    return value == null ? "–" : EvidenceLevel.text(value);
  }

  /** A name for an anchor or a file: a claim's id without slashes. */
  static String slug(String claim) {
    return claim.replace("/", "__");
  }
}
