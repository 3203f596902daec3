package org.tfmot.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.nn.SparseSoftmaxCrossEntropyWithLogits;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TUint8;

/** Training steps of a user's own loop, with labels fed to placeholders of the live graph. */
class FeedsTest {

  private static final int CLASSES = 3;

  private final LiveModel live =
      GraphModel.build(
              tf -> {
                Placeholder<TFloat32> x =
                    tf.withName("x")
                        .placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, CLASSES)));
                return Endpoints.builder()
                    .input("x", x)
                    .output("logits", tf.identity(x))
                    .training(true)
                    .build();
              })
          .open();

  @AfterEach
  void close() {
    live.close();
  }

  /** The sum of what is one hot: 1 for each label that is a class. */
  private String oneHot(Class<?> type) {
    Ops tf = live.ops();
    Operand<TInt64> labels =
        type == TUint8.class
            ? tf.dtypes.cast(placeholder(tf, TUint8.class), TInt64.class)
            : tf.dtypes.cast(placeholder(tf, TInt32.class), TInt64.class);
    Operand<TFloat32> hot =
        tf.oneHot(
            tf.reshape(labels, tf.array(-1)),
            tf.constant(CLASSES),
            tf.constant(1f),
            tf.constant(0f));
    return tf.reduceSum(hot, tf.array(0, 1)).op().name();
  }

  private static <T extends org.tensorflow.types.family.TType> Placeholder<T> placeholder(
      Ops tf, Class<T> type) {
    return tf.withName("label").placeholder(type, Placeholder.shape(Shape.of(-1, 1)));
  }

  private float run(String fetch, Tensor label) {
    try (TFloat32 x =
            TFloat32.tensorOf(Shape.of(2, CLASSES), DataBuffers.of(new float[2 * CLASSES]));
        label;
        Result result = live.runner(Map.of("x", x, "label", label)).fetch(fetch).run()) {
      return ((TFloat32) result.get(0)).getFloat();
    }
  }

  private static TInt32 ints(int... labels) {
    return TInt32.tensorOf(
        Shape.of(labels.length, 1),
        data -> {
          for (int i = 0; i < labels.length; i++) {
            data.setInt(labels[i], i, 0);
          }
        });
  }

  private String refused(String fetch, Tensor label) {
    return assertThrows(IllegalArgumentException.class, () -> run(fetch, label)).getMessage();
  }

  @Test
  void labelsThatAreClasses_areFedBesideTheInputs() {
    String sum = oneHot(TInt32.class);
    assertEquals(2, run(sum, ints(0, 2)));
    // Two ways to leave an example out.
    assertEquals(1, run(sum, ints(-1, 2)));
    assertEquals(1, run(sum, ints(1, 255)));
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 7, -2, 254, 256})
  void labelOutsideTheClasses_isNamedWithItsPosition(int wrong) {
    String message = refused(oneHot(TInt32.class), ints(1, wrong));
    assertTrue(message.contains("\"label\" has the label " + wrong + " at position 1"), message);
    assertTrue(message.contains("has the 3 classes 0 to 2, and takes -1 and 255"), message);
  }

  private static TUint8 bytes(int label) {
    return TUint8.tensorOf(Shape.of(1, 1), data -> data.setByte((byte) label, 0, 0));
  }

  @Test
  void labelsOfBytes_areUnsigned() {
    String sum = oneHot(TUint8.class);
    assertTrue(refused(sum, bytes(254)).contains("has the label 254"));
    assertEquals(0, run(sum, bytes(255)));
    assertEquals(1, run(sum, bytes(2)));
  }

  @Test
  void sparseLoss_takesNoNegativeLabel() {
    Ops tf = live.ops();
    Placeholder<TInt32> label =
        tf.withName("label").placeholder(TInt32.class, Placeholder.shape(Shape.of(-1)));
    @SuppressWarnings("unchecked") // The logits are floats.
    Operand<TFloat32> logits = (Operand<TFloat32>) live.output("logits");
    String loss =
        tf.reduceSum(
                SparseSoftmaxCrossEntropyWithLogits.create(tf.scope(), logits, label).loss(),
                tf.array(0))
            .op()
            .name();
    assertEquals(2 * Math.log(CLASSES), run(loss, TInt32.vectorOf(0, 2)), 1e-5);
    for (int wrong : new int[] {-1, 3}) {
      String message = refused(loss, TInt32.vectorOf(0, wrong));
      assertTrue(message.contains("has the label " + wrong + " at position 1"), message);
      assertTrue(message.endsWith("has the 3 classes 0 to 2"), message);
    }
  }

  @Test
  void wrongTypeOrShape_isASentence_beforeTheRun() {
    String sum = oneHot(TInt32.class);
    assertEquals(
        "the input \"label\" takes a DT_INT32 of shape [-1, 1], not a DT_INT64 of shape [2]",
        refused(sum, TInt64.vectorOf(1, 2)));
    assertEquals(
        "the input \"label\" takes a DT_INT32 of shape [-1, 1], not a DT_INT32 of shape [2]",
        refused(sum, TInt32.vectorOf(1, 2)));
  }

  @Test
  void nameThatIsNoPlaceholder_isRefusedWithTheNearest() {
    String sum = oneHot(TInt32.class);
    try (TFloat32 x =
            TFloat32.tensorOf(Shape.of(2, CLASSES), DataBuffers.of(new float[2 * CLASSES]));
        TInt32 label = ints(0, 1)) {
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class,
              () -> live.runner(Map.of("x", x, "labels", label)).fetch(sum));
      assertTrue(e.getMessage().contains("the nearest is \"label\""), e.getMessage());
    }
  }
}
