package org.tfmot.gate.process;

import org.apiguardian.api.API;
import org.tfmot.gate.claim.PlacementDecision;

/**
 * Criteria for the home of a technique's production example. Each criterion is scored 0 to 3 by its
 * levels. {@code docs/process.md} has the same table, with worked examples.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public enum PlacementCriterion {
  /** Relevance of success on the task to a product. */
  NON_TRIVIAL_TASK(
      3,
      2,
      1,
      "a toy: solved by any model, or a benefit within its noise (MNIST)",
      "small but real: a public benchmark at reduced scale, the benefit above the seed noise",
      "a public benchmark that product teams quote, at full scale",
      "a task and model in production use somewhere, at full scale"),
  /** Demand by users. */
  USER_MOTIVATION(
      3,
      2,
      1,
      "no user is named",
      "a user story without a user: plausible, nobody asked",
      "users asked for it, in issues or through a product team",
      "a named product waits for it, with a number that it must reach"),
  /** Presence of the model in the Official Models. */
  MODEL_IN_ZOO(
      2,
      2,
      0,
      "neither the model nor its family",
      "the family, with other blocks or another head",
      "the model, with a published baseline",
      "the model, its baseline, and a checkpoint to start from"),
  /** Use of public interfaces only. */
  API_COMPATIBILITY(
      2,
      2,
      0,
      "the core of the host has to be changed",
      "model code has to be copied and changed",
      "only an experiment and a configuration are added; some layers need an annotation",
      "only an experiment and a configuration are added"),
  /** Fit of the versions that it needs with the host's. */
  DEPENDENCY_VERSIONS(
      1,
      1,
      0,
      "a version that the host cannot take, or only a build from source",
      "a released version that the host has to move up to",
      "a released version inside the host's present range",
      "no dependency that the host does not have"),
  /** Cost for others to repeat the benefit. */
  REPRODUCTION_COST(
      1,
      1,
      1,
      "cannot be repeated: private data or hardware",
      "over a week on one machine",
      "over a day on one machine",
      "at most a day on one machine");

  /** The highest score of a criterion. */
  public static final int HIGHEST = 3;

  private final int weight;
  private final int officialBar;
  private final int forkBar;
  private final String[] levels;

  PlacementCriterion(int weight, int officialBar, int forkBar, String... levels) {
    this.weight = weight;
    this.officialBar = officialBar;
    this.forkBar = forkBar;
    this.levels = levels;
  }

  /** Returns the weight of its score in the points. */
  public int weight() {
    return weight;
  }

  /** The score under which the example cannot go there, whatever its points. */
  public int bar(PlacementDecision place) {
    return switch (place) {
      case OFFICIAL -> officialBar;
      case FORK -> forkBar;
      case UNDECIDED -> 0;
    };
  }

  /**
   * Returns the meaning of a score.
   *
   * @param score 0 to {@link #HIGHEST}
   */
  public String level(int score) {
    return levels[score];
  }
}
