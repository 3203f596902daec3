package org.tfmot.examples.report;

import java.util.List;
import org.apiguardian.api.API;

/**
 * Loss and accuracy of one training run against its step.
 *
 * @param name the variant that was trained, or another name for the run
 * @param loss training loss, at increasing steps
 * @param top1 accuracy in [0, 1] on held-out training images, at increasing steps; may be empty
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record TrainingCurve(String name, List<Point> loss, List<Point> top1) {

  /**
   * Copies the lists and checks them.
   *
   * @throws IllegalArgumentException if there is no loss, steps do not increase, or a value is NaN
   *     or out of range
   */
  public TrainingCurve {
    Checks.text("the name of a training curve", name);
    loss = List.copyOf(loss);
    top1 = List.copyOf(top1);
    if (loss.isEmpty()) {
      throw new IllegalArgumentException("training curve " + name + " has no loss");
    }
    requireIncreasing("loss of " + name, loss);
    requireIncreasing("top1 of " + name, top1);
    for (Point p : loss) {
      Checks.finite("loss of " + name + " at step " + p.step(), p.value());
    }
    for (Point p : top1) {
      Checks.fraction("top1 of " + name + " at step " + p.step(), p.value());
    }
  }

  private static void requireIncreasing(String what, List<Point> points) {
    for (int i = 1; i < points.size(); i++) {
      if (points.get(i).step() <= points.get(i - 1).step()) {
        throw new IllegalArgumentException(
            String.format(
                "steps of %s must increase, but %d follows %d",
                what, points.get(i).step(), points.get(i - 1).step()));
      }
    }
  }

  /**
   * A value at a training step.
   *
   * @param step optimizer step
   * @param value what was measured there
   */
  @API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
  public record Point(long step, double value) {}
}
