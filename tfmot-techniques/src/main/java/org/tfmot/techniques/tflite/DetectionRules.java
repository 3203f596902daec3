package org.tfmot.techniques.tflite;

import static org.tfmot.techniques.tflite.OperatorRule.rule;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The rows of operators that choose among boxes, in float: the two of TensorFlow, and the custom
 * one at the end of detectors, which takes uint8 as well.
 */
final class DetectionRules {

  private static final int COORDINATES = 4;

  private DetectionRules() {}

  static List<OperatorRule> rules() {
    return List.of(
        rule("NON_MAX_SUPPRESSION_V4")
            .types("f32 f32 i32 f32 f32 > i32 i32")
            .makesAll(DetectionRules::suppressed),
        rule("NON_MAX_SUPPRESSION_V5")
            .types("f32 f32 i32 f32 f32 f32 > i32 f32 i32")
            .makesAll(DetectionRules::suppressed));
  }

  /** Returns the rows of operators that files have by their names. */
  static List<OperatorRule> custom() {
    String results = " > f32 f32 f32 f32";
    return List.of(
        rule("TFLite_Detection_PostProcess")
            .types("f32 f32 f32" + results, "f32 qu8 f32" + results)
            .types("qu8 qu8 qu8" + results, "qu8 f32 qu8" + results)
            .makesAll(DetectionRules::detected));
  }

  /** Boxes (N, 4), scores (N), then numbers: how many boxes at most comes first. */
  private static List<int @Nullable []> suppressed(OperatorCall call) {
    int[] boxes = call.shape(0);
    int[] scores = call.shape(1);
    call.require(
        boxes != null
            && scores != null
            && boxes.length == 2
            && boxes[1] == COORDINATES
            && scores.length == 1
            && scores[0] == boxes[0],
        "boxes of the shape %s with scores of %s",
        Arrays.toString(boxes),
        Arrays.toString(scores));
    for (int i = 2; i < call.inputCount(); i++) {
      Shapes.requireRank(call, i, 0, 0);
    }
    long[] most = call.values(2);
    call.require(most == null || most[0] >= 0, "%d boxes at most", most == null ? 0 : most[0]);
    int[] indexes = most == null ? null : new int[] {(int) most[0]};
    return call.resultCount() == 2
        ? Arrays.asList(indexes, new int[0])
        : Arrays.asList(indexes, indexes, new int[0]);
  }

  /** Boxes (1, N, 4 or more), scores (1, N, classes, perhaps with a background), anchors (N, 4). */
  private static List<int @Nullable []> detected(OperatorCall call) {
    int[] boxes = call.shape(0);
    int[] scores = call.shape(1);
    int[] anchors = call.shape(2);
    boolean fits =
        boxes != null
            && scores != null
            && anchors != null
            && boxes.length == 3
            && scores.length == 3
            && boxes[0] == 1
            && scores[0] == 1
            && boxes[1] > 0
            && boxes[1] == scores[1]
            && boxes[2] >= COORDINATES
            && Arrays.equals(anchors, new int[] {boxes[1], COORDINATES});
    call.require(
        fits,
        "boxes of the shape %s, scores of %s and anchors of %s do not fit",
        Arrays.toString(boxes),
        Arrays.toString(scores),
        Arrays.toString(anchors));
    Map<String, Double> options = options(call);
    int classes = option(call, options, "num_classes", 0);
    int background = scores == null ? 0 : scores[2] - classes;
    call.require(
        background == 0 || background == 1,
        "%d classes with scores of the shape %s",
        classes,
        Arrays.toString(scores));
    option(call, options, "detections_per_class", 100);
    long most =
        (long) option(call, options, "max_detections", 0)
            * option(call, options, "max_classes_per_detection", 0);
    call.require(most <= Windows.MOST, "%d detections", most);
    int[] each = {1, (int) most};
    return Arrays.asList(new int[] {1, (int) most, COORDINATES}, each, each, new int[] {1});
  }

  private static int option(
      OperatorCall call, Map<String, Double> options, String name, int absent) {
    double value = options.getOrDefault(name, (double) absent);
    call.require(
        value >= 1 && value <= Windows.MOST, "%s is %s, not 1 to %d", name, value, Windows.MOST);
    return (int) value;
  }

  private static Map<String, Double> options(OperatorCall call) {
    ByteBuffer data = call.options().custom();
    if (data == null) {
      throw call.refusal("it has no options");
    }
    try {
      return FlexOptions.read(data);
    } catch (IllegalArgumentException e) {
      throw call.refusal(
          "its options are not as the kernel reads them: %s", String.valueOf(e.getMessage()));
    }
  }
}
