package org.tfmot.techniques.tflite;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TInt64;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;

/** Integers that floats do not hold exactly go in and out as bytes, and as floats not at all. */
class LargeIdentifiersTest {

  private static final long LARGE = 123_456_789L;

  private TfLiteInterpreter interpreter;

  @BeforeEach
  void openSumAndDifference() {
    GraphModel model =
        GraphModel.build(
            tf -> {
              Operand<TInt64> ids =
                  tf.withName("ids").placeholder(TInt64.class, Placeholder.shape(Shape.of(-1, 1)));
              return Endpoints.builder()
                  .input("ids", ids)
                  .output("next", tf.math.add(ids, tf.constant(1L)))
                  .output("rest", tf.math.sub(ids, tf.constant(LARGE)))
                  .build();
            });
    interpreter = TfLiteInterpreter.open(TfLiteConverter.of(model).convert());
  }

  @AfterEach
  void close() {
    interpreter.close();
  }

  @Test
  void bytes_areExact() {
    Map<String, byte[]> outputs = interpreter.runRaw(Map.of("ids", bytes(LARGE, LARGE + 1)), 2);

    assertArrayEquals(bytes(LARGE + 1, LARGE + 2), outputs.get("next"));
    assertArrayEquals(bytes(0, 1), outputs.get("rest"));
  }

  @Test
  void smallInputWithALargeOutput_isRefused() {
    Map<String, float[]> ids = Map.of("ids", new float[] {50});

    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> interpreter.run(ids, 1));

    assertTrue(refusal.getMessage().contains("-123,456,739"), refusal.getMessage());
  }

  @Test
  void largeIntegerThatIsGiven_isRefused() {
    Map<String, float[]> ids = Map.of("ids", new float[] {LARGE});

    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> interpreter.run(ids, 1));

    assertTrue(refusal.getMessage().contains("16,777,216"), refusal.getMessage());
    assertTrue(refusal.getMessage().contains("use runRaw"), refusal.getMessage());
  }

  @Test
  void bytesOfAnotherInputOrLength_areRefused() {
    Map<String, byte[]> other = Map.of("id", bytes(1));
    Map<String, byte[]> longer = Map.of("ids", bytes(1, 2));

    assertThrows(IllegalArgumentException.class, () -> interpreter.runRaw(other, 1));
    assertThrows(IllegalArgumentException.class, () -> interpreter.runRaw(longer, 1));
  }

  private static byte[] bytes(long... values) {
    ByteBuffer buffer =
        ByteBuffer.allocate(Long.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
    buffer.asLongBuffer().put(values);
    return buffer.array();
  }
}
