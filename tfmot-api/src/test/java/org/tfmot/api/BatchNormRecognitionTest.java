package org.tfmot.api;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Variable.Kind;
import org.tfmot.api.graph.GraphEditor;

/** Batch norm that is written out, and what only looks like it. */
class BatchNormRecognitionTest {

  private static final Shape IMAGES = Shape.of(2, 3, 3, 2);

  /** The ways to write it, and things like it. */
  enum Written {
    AS_KERAS_DOES("FusedBatchNormV3") {
      @Override
      Operand<TFloat32> norm(Ops tf, Operand<TFloat32> x, Parts parts) {
        return tf.withName("norm").math.add(tf.math.mul(x, parts.scale), parts.shift(tf));
      }
    },
    THE_OTHER_WAY_ROUND("FusedBatchNormV3") {
      @Override
      Operand<TFloat32> norm(Ops tf, Operand<TFloat32> x, Parts parts) {
        return tf.withName("norm").math.add(parts.shift(tf), tf.math.mul(parts.scale, x));
      }
    },
    OF_VECTORS("Add") {
      @Override
      Operand<TFloat32> norm(Ops tf, Operand<TFloat32> x, Parts parts) {
        Operand<TFloat32> rows = tf.reshape(x, tf.array(-1, 2));
        return tf.withName("norm").math.add(tf.math.mul(rows, parts.scale), parts.shift(tf));
      }
    },
    WITH_ANOTHER_READER("Add") {
      @Override
      Operand<TFloat32> norm(Ops tf, Operand<TFloat32> x, Parts parts) {
        Operand<TFloat32> scaled = tf.math.mul(x, parts.scale);
        Operand<TFloat32> norm = tf.withName("norm").math.add(scaled, parts.shift(tf));
        return tf.math.sub(norm, scaled);
      }
    },
    WITHOUT_A_ROOT("Add") {
      @Override
      Operand<TFloat32> norm(Ops tf, Operand<TFloat32> x, Parts parts) {
        return tf.withName("norm").math.add(tf.math.mul(x, parts.gamma), parts.shift(tf));
      }
    },
    BY_ONE_NUMBER("Add") {
      @Override
      Operand<TFloat32> norm(Ops tf, Operand<TFloat32> x, Parts parts) {
        Operand<TFloat32> number = tf.reduceMax(parts.scale, tf.constant(0));
        return tf.withName("norm").math.add(tf.math.mul(x, number), parts.shift(tf));
      }
    },
    BY_ITS_INPUT("Add") {
      @Override
      Operand<TFloat32> norm(Ops tf, Operand<TFloat32> x, Parts parts) {
        Operand<TFloat32> own = tf.math.rsqrt(tf.reduceMax(tf.math.abs(x), tf.array(0, 1, 2)));
        return tf.withName("norm").math.add(tf.math.mul(x, own), parts.shift(tf));
      }
    };

    private final String becomes;

    Written(String becomes) {
      this.becomes = becomes;
    }

    abstract Operand<TFloat32> norm(Ops tf, Operand<TFloat32> x, Parts parts);
  }

  private record Parts(
      Operand<TFloat32> gamma,
      Operand<TFloat32> scale,
      Operand<TFloat32> beta,
      Operand<TFloat32> mean) {

    Operand<TFloat32> shift(Ops tf) {
      return tf.math.sub(beta, tf.math.mul(mean, scale));
    }
  }

  private static GraphModel model(Written how) {
    return GraphModel.build(
        tf -> {
          Operand<TFloat32> x = TestModels.input(tf, "x", -1, 3, 3, 2);
          Operand<TFloat32> gamma = vector(tf, "gamma", 0.5f, -2);
          Operand<TFloat32> variance = vector(tf, "variance", 4, 0.25f);
          Operand<TFloat32> root = tf.math.rsqrt(tf.math.add(variance, tf.constant(1e-3f)));
          Parts parts =
              new Parts(
                  gamma,
                  tf.math.mul(root, gamma),
                  vector(tf, "beta", 1, 3),
                  vector(tf, "mean", 2, 5));
          return Endpoints.builder().input("x", x).output("y", how.norm(tf, x, parts)).build();
        });
  }

  private static Operand<TFloat32> vector(Ops tf, String name, float... values) {
    return TestModels.variable(tf, Kind.RESOURCE, name, Shape.of(2), values).read();
  }

  @ParameterizedTest
  @EnumSource(Written.class)
  void normOfImages_becomesTheOperation_andAnswersAsBefore(Written how) {
    GraphModel model = model(how);
    GraphModel known = BatchNormRecognition.recognize(model);
    assertEquals(how.becomes, new GraphEditor(known.graphDef()).node("norm").getOp());
    Random random = new Random(3);
    float[] images = new float[(int) IMAGES.size()];
    for (int i = 0; i < images.length; i++) {
      images[i] = (float) random.nextGaussian();
    }
    assertArrayEquals(
        TestModels.run(model, IMAGES, images), TestModels.run(known, IMAGES, images), 1e-5f);
  }

  @Test
  void ownModel_isLoadedAsItWasSaved(@TempDir Path folder) {
    GraphModel model = model(Written.AS_KERAS_DOES);
    model.save(folder.resolve("saved"));
    assertEquals(model.graphDef(), GraphModel.load(folder.resolve("saved")).graphDef());
  }

  @Test
  void modelWithoutARoot_isTheSame() {
    GraphModel model = TestModels.dense(Kind.RESOURCE);
    assertSame(model, BatchNormRecognition.recognize(model));
  }
}
