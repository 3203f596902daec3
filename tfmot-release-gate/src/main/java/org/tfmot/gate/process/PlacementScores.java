package org.tfmot.gate.process;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;
import org.tfmot.gate.claim.PlacementDecision;

/**
 * A score for every criterion.
 *
 * @param scores 0 to 3 for each {@link PlacementCriterion}
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record PlacementScores(@JsonValue Map<PlacementCriterion, Integer> scores) {

  /** The points that the Official Models ask for, of {@link #HIGHEST_POINTS}. */
  public static final int OFFICIAL_POINTS = 26;

  /** The points of an example with the highest score everywhere. */
  public static final int HIGHEST_POINTS =
      Arrays.stream(PlacementCriterion.values())
          .mapToInt(criterion -> criterion.weight() * PlacementCriterion.HIGHEST)
          .sum();

  /**
   * Copies the map.
   *
   * @throws IllegalArgumentException if a score is missing or not in 0 to 3
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public PlacementScores {
    Map<PlacementCriterion, Integer> copy = new EnumMap<>(PlacementCriterion.class);
    for (PlacementCriterion criterion : PlacementCriterion.values()) {
      Integer score = scores.get(criterion);
      if (score == null) {
        throw new IllegalArgumentException(criterion + " has no score: score every criterion");
      }
      if (score < 0 || score > PlacementCriterion.HIGHEST) {
        throw new IllegalArgumentException(
            "%s is scored %d: scores go from 0 to %d"
                .formatted(criterion, score, PlacementCriterion.HIGHEST));
      }
      copy.put(criterion, score);
    }
    scores = Collections.unmodifiableMap(copy);
  }

  /** Scores in the order of {@link PlacementCriterion}. */
  public static PlacementScores of(int... scores) {
    PlacementCriterion[] criteria = PlacementCriterion.values();
    if (scores.length != criteria.length) {
      throw new IllegalArgumentException(
          "%d scores for %d criteria".formatted(scores.length, criteria.length));
    }
    Map<PlacementCriterion, Integer> map = new EnumMap<>(PlacementCriterion.class);
    for (PlacementCriterion criterion : criteria) {
      map.put(criterion, scores[criterion.ordinal()]);
    }
    return new PlacementScores(map);
  }

  /** The weighted sum of the scores. */
  public int points() {
    return scores.entrySet().stream()
        .mapToInt(entry -> entry.getKey().weight() * entry.getValue())
        .sum();
  }

  /** Returns the reasons why the example cannot go there, a sentence each; empty if it can. */
  public List<String> objections(PlacementDecision place) {
    List<String> objections = new ArrayList<>();
    scores.forEach(
        (criterion, score) -> {
          if (score < criterion.bar(place)) {
            objections.add(
                "%s is %d (%s), %s asks for %d (%s)"
                    .formatted(
                        criterion,
                        score,
                        criterion.level(score),
                        place,
                        criterion.bar(place),
                        criterion.level(criterion.bar(place))));
          }
        });
    if (place == PlacementDecision.OFFICIAL && points() < OFFICIAL_POINTS) {
      objections.add(
          "%d points of %d, OFFICIAL asks for %d"
              .formatted(points(), HIGHEST_POINTS, OFFICIAL_POINTS));
    }
    return objections;
  }

  /**
   * Returns the home that the scores suggest: the Official Models if it can go there, else the
   * fork, else UNDECIDED: it is no production example yet.
   */
  public PlacementDecision suggestion() {
    for (PlacementDecision place : List.of(PlacementDecision.OFFICIAL, PlacementDecision.FORK)) {
      if (objections(place).isEmpty()) {
        return place;
      }
    }
    return PlacementDecision.UNDECIDED;
  }
}
