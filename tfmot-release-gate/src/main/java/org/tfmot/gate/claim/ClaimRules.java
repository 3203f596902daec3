package org.tfmot.gate.claim;

import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Checks of a claim that do not depend on its measurements. */
final class ClaimRules {

  private static final Pattern ID =
      Pattern.compile("[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*){2}");
  private static final Pattern TEST =
      Pattern.compile("[A-Za-z_][\\w.$]*#[A-Za-z_]\\w*|[A-Za-z0-9][\\w.-]*");

  private ClaimRules() {}

  /** The components of a claim that is not one yet; null for one that is missing or broken. */
  record Values(
      @Nullable String id,
      @Nullable String metric,
      @Nullable Direction direction,
      @Nullable Kind kind,
      @Nullable Double documented,
      @Nullable Double floor,
      @Nullable Double alpha,
      @Nullable Limits limits,
      @Nullable Target target,
      @Nullable Double resolution,
      @Nullable Double worst,
      List<Double> calibration,
      @Nullable String test,
      @Nullable String marginSource,
      @Nullable Double best,
      @Nullable Double minShare) {}

  /** Checks what is there: each value for itself, then those that belong together. */
  static void check(Values claim, boolean targetKnown, Problems problems) {
    checkTexts(claim, problems);
    problems.require(
        claim.alpha == null || (claim.alpha > 0 && claim.alpha <= 0.5),
        "alpha",
        "%s is not in (0, 0.5]",
        claim.alpha);
    problems.require(
        claim.resolution == null || (claim.resolution >= 0 && Double.isFinite(claim.resolution)),
        "resolution",
        "%s is not a finite number from 0",
        claim.resolution);
    for (int i = 0; i < claim.calibration.size(); i++) {
      problems
          .at("calibration")
          .require(
              Double.isFinite(claim.calibration.get(i)),
              Integer.toString(i),
              "%s is not finite: a reference run must not diverge",
              claim.calibration.get(i));
    }
    if (claim.limits != null) {
      checkLimits(claim.limits, claim.kind, problems.at("limits"));
    }
    boolean finite =
        finite("documented", claim.documented, problems)
            & finite("floor", claim.floor, problems)
            & finite("worst", claim.worst, problems)
            & (claim.best == null || finite("best", claim.best, problems));
    if (finite && targetKnown && claim.kind != null && claim.direction != null) {
      ValueRules.check(claim, claim.kind, claim.direction, problems);
    }
  }

  private static void checkTexts(Values claim, Problems problems) {
    problems.require(
        claim.id == null || ID.matcher(claim.id).matches(),
        "id",
        "\"%s\" is not technique/example/metric in lower-case letters, digits, '.', '_', '-'",
        claim.id);
    problems.require(
        claim.metric == null || !claim.metric.isBlank(),
        "metric",
        "is blank: name what runs report");
    problems.require(
        claim.test == null || TEST.matcher(claim.test).matches(),
        "test",
        "\"%s\" is neither package.Class#method nor the name of a command",
        claim.test);
    problems.require(
        claim.marginSource == null
            || (!claim.marginSource.isBlank()
                && claim.marginSource.chars().noneMatch(c -> c <= ' ')),
        "marginSource",
        "\"%s\" is no link: name where the margin was agreed on",
        claim.marginSource);
  }

  private static void checkLimits(Limits limits, @Nullable Kind kind, Problems problems) {
    int least = kind != null && kind.isMean() ? 2 : 1;
    problems.require(
        limits.minRuns() >= least,
        "minRuns",
        "%d: at least %d %s needed",
        limits.minRuns(),
        least,
        least == 1 ? "is" : "are");
    problems.require(
        limits.maxRuns() >= limits.minRuns(),
        "maxRuns",
        "%d is under minRuns, %d",
        limits.maxRuns(),
        limits.minRuns());
    problems.require(
        limits.maxMinutesPerRun() > 0 && Double.isFinite(limits.maxMinutesPerRun()),
        "maxMinutesPerRun",
        "%s is not a finite number over 0",
        limits.maxMinutesPerRun());
  }

  private static boolean finite(String key, @Nullable Double value, Problems problems) {
    boolean finite = value != null && Double.isFinite(value);
    problems.require(value == null || finite, key, "%s is not finite", value);
    return finite;
  }
}
