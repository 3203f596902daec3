package org.tfmot.techniques.tflite;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.flatbuffers.FlexBuffersBuilder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The operator at the end of detectors. */
class DetectionRulesTest {

  private static final String NAME = "TFLite_Detection_PostProcess";
  private static final int BOXES = 3;

  /** Options of a detector of two classes and a background. */
  private static Map<String, Object> options() {
    Map<String, Object> options = new TreeMap<>();
    options.put("max_detections", 2);
    options.put("max_classes_per_detection", 1);
    options.put("num_classes", 2);
    options.put("nms_score_threshold", 0.1f);
    options.put("nms_iou_threshold", 0.5f);
    for (String scale : new String[] {"x_scale", "y_scale", "w_scale", "h_scale"}) {
      options.put(scale, 1f);
    }
    return options;
  }

  private static byte[] bytes(Map<String, Object> options) {
    FlexBuffersBuilder builder = new FlexBuffersBuilder();
    int start = builder.startMap();
    options.forEach(
        (name, value) -> {
          if (value instanceof Integer number) {
            builder.putInt(name, number);
          } else if (value instanceof Float number) {
            builder.putFloat(name, number);
          } else {
            builder.putString(name, value.toString());
          }
        });
    builder.endMap(null, start);
    ByteBuffer data = builder.finish();
    byte[] bytes = new byte[data.remaining()];
    data.get(bytes);
    return bytes;
  }

  private static FileBuilder file(byte[] options, int anchors) {
    FileBuilder file = new FileBuilder();
    int boxes = file.tensor(TensorType.FLOAT32, 1, BOXES, 4);
    int scores = file.tensor(TensorType.FLOAT32, 1, BOXES, 3);
    ByteBuffer squares = ByteBuffer.allocate(16 * anchors).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < anchors; i++) {
      // Far from each other: center and size.
      squares.putFloat(10 * i).putFloat(10 * i).putFloat(2).putFloat(2);
    }
    int places = file.constant(file.tensor(TensorType.FLOAT32, anchors, 4), squares.array());
    int[] results = {
      file.tensor(TensorType.FLOAT32, 1, 2, 4),
      file.tensor(TensorType.FLOAT32, 1, 2),
      file.tensor(TensorType.FLOAT32, 1, 2),
      file.tensor(TensorType.FLOAT32, 1)
    };
    return file.custom(NAME, options, new int[] {boxes, scores, places}, results)
        .inputs(boxes, scores)
        .outputs(results);
  }

  @Test
  void boxesWithTheBestScores_areChosen() {
    TfLiteModel model = file(bytes(options()), BOXES).model();
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(model)) {
      Map<String, float[]> results =
          interpreter.run(
              Map.of("t0", new float[12], "t1", new float[] {0, .2f, .3f, 0, 0, 0, 0, .9f, 0}), 1);
      // The third anchor, 20 from the origin and 2 wide, is the best, then the first.
      assertArrayEquals(new float[] {19, 19, 21, 21, -1, -1, 1, 1}, results.get("t3"));
      assertArrayEquals(new float[] {0, 1}, results.get("t4"));
      assertArrayEquals(new float[] {.9f, .3f}, results.get("t5"));
      assertArrayEquals(new float[] {2}, results.get("t6"));
    }
  }

  @Test
  void optionsAndShapesThatDoNotFit_areRefused() {
    assertRefused(file(bytes(options()), 2), "anchors of [2, 4] do not fit");
    Map<String, Object> classes = options();
    classes.put("num_classes", 7);
    assertRefused(file(bytes(classes), BOXES), "7 classes with scores of the shape [1, 3, 3]");
    Map<String, Object> none = options();
    none.remove("max_detections");
    assertRefused(file(bytes(none), BOXES), "max_detections is 0.0, not 1 to");
    Map<String, Object> text = options();
    text.put("max_detections", "many");
    assertRefused(file(bytes(text), BOXES), "one is no number");
  }

  @Test
  void damagedOptions_areRefusedOrTaken_butNeverRead() {
    byte[] bytes = bytes(options());
    Random random = new Random(3);
    int refused = 0;
    for (int i = 0; i < 500; i++) {
      byte[] damaged = bytes.clone();
      damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
      TfLiteModel model = file(damaged, BOXES).model();
      try {
        KernelRules.check(model);
      } catch (IllegalArgumentException e) {
        refused++;
      }
    }
    assertTrue(refused > 50, "refused: " + refused);
  }

  @Test
  void otherCustomOperators_areRefusedWithTheirName() {
    FileBuilder file = new FileBuilder();
    int x = file.tensor(TensorType.FLOAT32, 2);
    int y = file.tensor(TensorType.FLOAT32, 2);
    file.custom("Mine", new byte[0], new int[] {x}, y).inputs(x).outputs(y);
    assertRefused(file, "of custom operators only [" + NAME + "] is run, not [Mine]");
  }

  private static void assertRefused(FileBuilder file, String part) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> KernelRules.check(file.model()))
            .getMessage();
    assertTrue(message.contains(part), message);
    assertEquals(1, file.model().operators().size());
  }
}
