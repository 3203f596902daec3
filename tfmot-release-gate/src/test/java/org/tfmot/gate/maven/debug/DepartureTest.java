package org.tfmot.gate.maven.debug;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.tfmot.gate.run.MetricPoint;

class DepartureTest {

  /** At steps 10, 20, ... */
  private static List<MetricPoint> curve(double... values) {
    List<MetricPoint> points = new ArrayList<>();
    for (double value : values) {
      points.add(new MetricPoint(10L * (points.size() + 1), "loss", value));
    }
    return points;
  }

  /** Mean 2 and deviation 1 at each of six steps. */
  private static final List<List<MetricPoint>> PASSING =
      List.of(curve(1, 1, 1, 1, 1, 1), curve(2, 2, 2, 2, 2, 2), curve(3, 3, 3, 3, 3, 3));

  @Test
  void first_threeStepsInARowOutside_isTheFirstOfThem() {
    Departure departure =
        Departure.first("loss", curve(2, 5.5, 2, 5.01, 6, -1.01), PASSING).orElseThrow();
    assertEquals(new Departure("loss", 40, 5.01, 2, 1), departure);
  }

  @Test
  void first_atThreeDeviations_isInside() {
    assertEquals(Optional.empty(), Departure.first("loss", curve(5, -1, 5, -1, 5, -1), PASSING));
  }

  @Test
  void first_twoStepsInARow_areNotEnough() {
    assertEquals(Optional.empty(), Departure.first("loss", curve(9, 9, 2, 9, 9, 2), PASSING));
  }

  @Test
  void first_valuesThatAreNotFinite_areOutside() {
    double nan = Double.NaN;
    assertEquals(
        20L, Departure.first("loss", curve(2, nan, nan, nan), PASSING).orElseThrow().step());
    double infinity = Double.POSITIVE_INFINITY;
    assertEquals(
        10L, Departure.first("loss", curve(infinity, 9, -infinity), PASSING).orElseThrow().step());
  }

  @Test
  void first_passingRunsThatAreAllEqual_admitTheirValueOnly() {
    List<List<MetricPoint>> equal =
        List.of(curve(0.1, 0.1, 0.1), curve(0.1, 0.1, 0.1), curve(0.1, 0.1, 0.1));
    assertEquals(Optional.empty(), Departure.first("loss", curve(0.1, 0.1, 0.1), equal));
    assertEquals(
        10L, Departure.first("loss", curve(0.1001, 0.1001, 0.1001), equal).orElseThrow().step());
  }

  @Test
  void first_stepsThatTooFewReported_arePassedOver() {
    List<List<MetricPoint>> few = List.of(curve(1, 1, 1), curve(3, 3, 3, 3, 3), curve(2));
    assertEquals(Optional.empty(), Departure.first("loss", curve(2, 2, 90, 90, 90), few));
    assertEquals(Optional.empty(), Departure.first("loss", curve(90, 90, 90), List.of(curve(1))));
  }
}
