package org.tfmot.techniques.lowering;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.quantization.PostTrainingQuantization;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;

/** What is moved, merged, and read by others, too, keeps its values for those others. */
class MovedReadersTest {

  /** Who reads a moved tensor beside the operation that merges it. */
  private enum Reader {
    OUTPUT {
      @Override
      Operand<TFloat32> of(Ops tf, Operand<TFloat32> moved) {
        return moved;
      }
    },
    IDENTITY {
      @Override
      Operand<TFloat32> of(Ops tf, Operand<TFloat32> moved) {
        return tf.identity(moved);
      }
    },
    NEGATION {
      @Override
      Operand<TFloat32> of(Ops tf, Operand<TFloat32> moved) {
        return tf.math.neg(moved);
      }
    },
    SUM {
      @Override
      Operand<TFloat32> of(Ops tf, Operand<TFloat32> moved) {
        return tf.math.add(moved, moved);
      }
    },
    MOVER {
      @Override
      Operand<TFloat32> of(Ops tf, Operand<TFloat32> moved) {
        return tf.reverse(moved, tf.constant(new int[] {1}));
      }
    };

    abstract Operand<TFloat32> of(Ops tf, Operand<TFloat32> moved);
  }

  @ParameterizedTest
  @EnumSource(Reader.class)
  void movedOperandOfMaximum_isWhatItWasForOtherReaders(Reader reader) {
    try (TFloat32 image = TestTraining.random(Shape.of(32, 6), 1)) {
      for (int movers = 1; movers <= 3; movers++) {
        for (int read = 1; read <= movers; read++) {
          for (boolean behindIdentity : new boolean[] {false, true}) {
            GraphModel model = model(reader, movers, read, behindIdentity);
            float[] expected = run(model, image);
            float[] got = run(converted(model, image), image, expected.length);
            String label =
                String.format("%d movers, read behind %d, %b", movers, read, behindIdentity);
            assertTrue(error(expected, got) < 0.03, label + ": " + error(expected, got));
          }
        }
      }
    }
  }

  private static GraphModel model(Reader reader, int movers, int read, boolean behindIdentity) {
    return GraphModel.build(
        tf -> {
          TestLayers layers = TestLayers.of(tf);
          Operand<TFloat32> x =
              tf.withName("image").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 6)));
          List<Operand<TFloat32>> moved = new ArrayList<>();
          moved.add(layers.matMul("w", x, 6));
          for (int i = 0; i < movers; i++) {
            moved.add(move(tf, moved.get(i), i));
          }
          Operand<TFloat32> last = moved.get(movers);
          Operand<TFloat32> merged =
              tf.math.maximum(behindIdentity ? tf.identity(last) : last, tf.constant(0.1f));
          return Endpoints.builder()
              .input("image", x)
              .output("other", reader.of(tf, moved.get(read)))
              .output("merged", layers.matMul("m", tf.reshape(merged, tf.array(-1, 6)), 3))
              .build();
        });
  }

  private static Operand<TFloat32> move(Ops tf, Operand<TFloat32> moved, int index) {
    return switch (index) {
      case 0 -> tf.gather(moved, tf.array(5, 3, 1, 0, 2, 4), tf.constant(1));
      case 1 -> tf.reshape(moved, tf.array(-1, 2, 3));
      default -> tf.linalg.transpose(moved, tf.constant(new int[] {0, 2, 1}));
    };
  }

  private static TfLiteModel converted(GraphModel model, TFloat32 image) {
    GraphModel quantized =
        PostTrainingQuantization.builder()
            .build()
            .calibrate(model, List.of(Map.of("image", image)))
            .model();
    return TfLiteConverter.of(quantized).int8().convert();
  }

  private static float[] run(GraphModel model, TFloat32 image) {
    try (LiveModel live = model.open();
        Result result = live.run(Map.of("image", image))) {
      return TensorProtos.toFloats(TensorProtos.of(result.get(0)));
    }
  }

  private static float[] run(TfLiteModel file, TFloat32 image, int size) {
    float[] values = new float[size];
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
      Map<String, float[]> feeds = Map.of("image", TensorProtos.toFloats(TensorProtos.of(image)));
      System.arraycopy(interpreter.run(feeds, 32).get("other"), 0, values, 0, size);
    }
    return values;
  }

  private static double error(float[] expected, float[] got) {
    double difference = 0;
    double square = 0;
    for (int i = 0; i < expected.length; i++) {
      difference += Math.pow(expected[i] - got[i], 2);
      square += Math.pow(expected[i], 2);
    }
    return Math.sqrt(difference / square);
  }
}
