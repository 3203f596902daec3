package org.tfmot.api;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.ndarray.index.Indices;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.nn.FusedBatchNorm;
import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TFloat16;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TNumber;
import org.tfmot.api.Variable.Kind;
import org.tfmot.api.graph.TensorProtos;

/** Norms over their own statistics, beside TensorFlow on the graph as it was. */
class OwnStatisticsTest {

  /** The forms of a norm by a batch norm in training mode. */
  enum Form {
    KERAS_LAYER_NORM(Shape.of(3, 4, 6), 0) {
      @Override
      Operand<TFloat32> norm(Ops tf, Operand<TFloat32> x) {
        Operand<TInt32> shape = tf.shape(x);
        Operand<TFloat32> image = tf.reshape(x, rowsOf(tf, shape, 2));
        return tf.reshape(keras(tf, image, rows(tf, shape, 2)), shape);
      }
    },
    KERAS_LAYER_NORM_OF_TWO_AXES(Shape.of(3, 4, 6), 0) {
      @Override
      Operand<TFloat32> norm(Ops tf, Operand<TFloat32> x) {
        Operand<TInt32> shape = tf.shape(x);
        Operand<TFloat32> image = tf.reshape(x, rowsOf(tf, shape, 1));
        return tf.reshape(keras(tf, image, rows(tf, shape, 1)), shape);
      }
    },
    KERAS_LAYER_NORM_THAT_IS_READ_AS_AN_IMAGE(Shape.of(3, 4, 6), 1) {
      @Override
      Operand<TFloat32> norm(Ops tf, Operand<TFloat32> x) {
        Operand<TInt32> shape = tf.shape(x);
        Operand<TFloat32> image = tf.reshape(x, rowsOf(tf, shape, 2));
        Operand<TFloat32> y = keras(tf, image, rows(tf, shape, 2));
        return tf.math.add(tf.reshape(y, tf.array(-1)), tf.constant(1f));
      }
    },
    KERAS_LAYER_NORM_OF_HALF_PRECISION(Shape.of(3, 4, 6), 0) {
      @Override
      Operand<TFloat32> norm(Ops tf, Operand<TFloat32> x) {
        return half(tf, x, TFloat16.class);
      }
    },
    KERAS_LAYER_NORM_OF_BFLOAT16(Shape.of(3, 4, 6), 0) {
      @Override
      Operand<TFloat32> norm(Ops tf, Operand<TFloat32> x) {
        return half(tf, x, TBfloat16.class);
      }
    },
    INSTANCE_NORM_OF_ONE_IMAGE(Shape.of(1, 3, 4, 5), 0) {
      @Override
      Operand<TFloat32> norm(Ops tf, Operand<TFloat32> x) {
        return fused(tf, x, variable(tf, "gamma", 5), variable(tf, "beta", 5), "NHWC");
      }
    },
    INSTANCE_NORM_OF_ONE_IMAGE_CHANNELS_FIRST(Shape.of(1, 3, 4, 5), 0) {
      @Override
      Operand<TFloat32> norm(Ops tf, Operand<TFloat32> x) {
        return fused(tf, x, variable(tf, "gamma", 3), variable(tf, "beta", 3), "NCHW");
      }
    },
    GROUP_NORM(Shape.of(2, 6, 3, 2), 0) {
      @Override
      Operand<TFloat32> norm(Ops tf, Operand<TFloat32> x) {
        // Two groups of three channels, each a row.
        Operand<TFloat32> groups = tf.reshape(x, tf.array(1, -1, 18, 1));
        Operand<TInt32> count = tf.stridedSlice(tf.shape(groups), Indices.slice(1L, 2L));
        return tf.reshape(keras(tf, groups, count), tf.array(-1, 6, 3, 2));
      }
    };

    private final Shape shape;

    /** How many reshapes stay that the form has besides those of the layer norm. */
    private final int reshapes;

    Form(Shape shape, int reshapes) {
      this.shape = shape;
      this.reshapes = reshapes;
    }

    abstract Operand<TFloat32> norm(Ops tf, Operand<TFloat32> x);

    private static Operand<TInt32> product(Ops tf, Operand<TInt32> shape, int from, int to) {
      Operand<TInt32> product = tf.constant(1);
      for (int i = from; i < to; i++) {
        product = tf.math.mul(product, tf.stridedSlice(shape, Indices.at(i)));
      }
      return product;
    }

    private static Operand<TInt32> rowsOf(Ops tf, Operand<TInt32> shape, int axis) {
      Operand<TInt32> one = tf.constant(1);
      return tf.stack(List.of(one, product(tf, shape, 0, axis), product(tf, shape, axis, 3), one));
    }

    private static Operand<TInt32> rows(Ops tf, Operand<TInt32> shape, int axis) {
      return tf.stack(List.of(product(tf, shape, 0, axis)));
    }

    private static <T extends TNumber> Operand<T> keras(
        Ops tf, Operand<T> image, Operand<TInt32> rows) {
      return fused(
          tf, image, tf.fill(rows, tf.constant(1f)), tf.fill(rows, tf.constant(0f)), "NCHW");
    }

    private static <T extends TNumber> Operand<TFloat32> half(
        Ops tf, Operand<TFloat32> x, Class<T> type) {
      Operand<TInt32> shape = tf.shape(x);
      Operand<T> cast = tf.dtypes.cast(x, type);
      Operand<T> image = tf.reshape(cast, rowsOf(tf, shape, 2));
      return tf.dtypes.cast(
          tf.reshape(keras(tf, image, rows(tf, shape, 2)), shape), TFloat32.class);
    }

    private static <T extends TNumber> Operand<T> fused(
        Ops tf, Operand<T> x, Operand<TFloat32> scale, Operand<TFloat32> offset, String format) {
      Operand<TFloat32> none = tf.constant(new float[0]);
      return tf.withName("norm")
          .nn
          .fusedBatchNorm(
              x,
              scale,
              offset,
              none,
              none,
              FusedBatchNorm.epsilon(2e-3f),
              FusedBatchNorm.dataFormat(format),
              FusedBatchNorm.isTraining(true))
          .y();
    }

    private static Operand<TFloat32> variable(Ops tf, String name, int size) {
      float[] values = new float[size];
      IntStream.range(0, size).forEach(i -> values[i] = 0.5f + i);
      return TestModels.variable(tf, Kind.RESOURCE, name, Shape.of(size), values).read();
    }
  }

  @ParameterizedTest
  @EnumSource(Form.class)
  void normOfItsOwnInput_isWrittenOut_andComputesAsTensorFlowDid(Form form) {
    float[] values = new float[(int) form.shape.size()];
    Random random = new Random(5);
    IntStream.range(0, values.length)
        .forEach(i -> values[i] = (float) (2 + 3 * random.nextGaussian()));
    try (Graph graph = new Graph();
        Session session = new Session(graph);
        TFloat32 input = TFloat32.tensorOf(form.shape, DataBuffers.of(values))) {
      Ops tf = Ops.create(graph);
      // Open in its batch, as models are, but where one example is the point.
      long[] open = form.shape.asArray();
      open[0] = open[0] == 1 ? 1 : -1;
      Operand<TFloat32> x =
          tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(open)));
      Operand<TFloat32> y = form.norm(tf, x);
      session.initialize();
      float[] right;
      try (Result result = session.runner().feed(x, input).fetch(y).run()) {
        right = TensorProtos.toFloats(TensorProtos.of(result.get(0)));
      }
      GraphModel model =
          GraphModel.of(graph, session, Endpoints.builder().input("x", x).output("y", y).build());
      boolean half = form.name().contains("HALF") || form.name().contains("FLOAT16");
      float tolerance = half ? 0.04f : 1e-5f;
      assertFalse(model.isTraining());
      assertTrue(model.canTrain());
      List<String> ops = TestModels.ops(model);
      assertFalse(ops.contains("FusedBatchNormV3"), ops.toString());
      assertArrayEquals(right, TestModels.run(model, form.shape, values), tolerance);
      GraphModel inference = model.toInference();
      assertArrayEquals(right, TestModels.run(inference, form.shape, values), tolerance);
      if (form.name().startsWith("KERAS")) {
        assertEquals(2 * form.reshapes, ops.stream().filter("Reshape"::equals).count());
      }
    }
  }

  @Test
  void writtenModel_isWrittenOnce_andLoadedAsItWasSaved(@TempDir Path folder) {
    GraphModel model =
        GraphModel.build(
            tf -> {
              Operand<TFloat32> x = TestModels.input(tf, "x", -1, 4, 6);
              Operand<TFloat32> y = Form.KERAS_LAYER_NORM.norm(tf, x);
              return Endpoints.builder().input("x", x).output("y", y).build();
            });
    assertEquals(model.graphDef(), new ModelEditor(model).build().graphDef());
    model.save(folder.resolve("saved"));
    GraphModel loaded = GraphModel.load(folder.resolve("saved"));
    assertEquals(
        Set.copyOf(model.graphDef().getNodeList()), Set.copyOf(loaded.graphDef().getNodeList()));
  }
}
