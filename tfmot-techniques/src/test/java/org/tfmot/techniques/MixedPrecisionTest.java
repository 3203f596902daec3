package org.tfmot.techniques;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.op.nn.FusedBatchNorm;
import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TFloat16;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TNumber;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.Optimized;
import org.tfmot.api.Technique;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.clustering.Clustering;
import org.tfmot.techniques.pruning.ConstantSparsity;
import org.tfmot.techniques.pruning.Pruning;
import org.tfmot.techniques.quantization.PostTrainingQuantization;
import org.tfmot.techniques.quantization.QuantizationAwareTraining;
import org.tfmot.techniques.summary.WeightSummary;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.testing.Values;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;

/**
 * Models as Keras writes them under {@code mixed_float16} and {@code mixed_bfloat16}: float32
 * variables that are cast before each operation, batch norm with float32 statistics.
 */
class MixedPrecisionTest {

  private static final Shape INPUT = Shape.of(-1, 6, 6, 3);
  private static final int BATCH = 8;

  @TempDir private Path folder;

  /** The two policies; and by how much they are less precise than float32, relatively. */
  enum Policy {
    MIXED_FLOAT16(TFloat16.class, 1e-2f),
    MIXED_BFLOAT16(TBfloat16.class, 8e-2f);

    private final Class<? extends TNumber> type;
    private final float precision;

    Policy(Class<? extends TNumber> type, float precision) {
      this.type = type;
      this.precision = precision;
    }
  }

  /** A convolution with batch norm, a depthwise one, and a dense layer. */
  private static <T extends TNumber> GraphModel model(Class<T> half) {
    return GraphModel.build(
        tf -> {
          Placeholder<TFloat32> image =
              tf.withName("image").placeholder(TFloat32.class, Placeholder.shape(INPUT));
          List<Op> updates = new ArrayList<>();
          Operand<T> x = tf.dtypes.cast(image, half);
          Operand<T> kernel = tf.dtypes.cast(weight(tf, "conv_kernel", 3, 3, 3, 4), half);
          x = tf.withName("conv_Conv2D").nn.conv2d(x, kernel, List.of(1L, 1L, 1L, 1L), "SAME");
          x = tf.nn.relu(batchNorm(tf, x, 4, updates));
          Operand<T> deep = tf.dtypes.cast(weight(tf, "deep_kernel", 3, 3, 4, 1), half);
          x =
              tf.withName("deep_depthwise")
                  .nn
                  .depthwiseConv2dNative(x, deep, List.of(1L, 1L, 1L, 1L), "SAME");
          x = tf.math.mean(x, tf.array(1, 2));
          Operand<T> dense = tf.dtypes.cast(weight(tf, "dense_kernel", 4, 5), half);
          Operand<T> bias = tf.dtypes.cast(weight(tf, "dense_bias", 5), half);
          x = tf.nn.biasAdd(tf.withName("dense_MatMul").linalg.matMul(x, dense), bias);
          Endpoints.Builder ends =
              Endpoints.builder()
                  .input("image", image)
                  .output("logits", tf.withName("logits").dtypes.cast(x, TFloat32.class))
                  .training(true);
          updates.forEach(ends::update);
          return ends.build();
        });
  }

  /** Rows of a table that is of half precision itself, and a cast that casts nothing. */
  private static <T extends TNumber> GraphModel embedding(Class<T> half) {
    return GraphModel.build(
        tf -> {
          Placeholder<TInt32> ids =
              tf.withName("ids").placeholder(TInt32.class, Placeholder.shape(Shape.of(-1, 4)));
          VarHandleOp table =
              tf.withName("table")
                  .varHandleOp(half, Shape.of(20, 8), VarHandleOp.sharedName("table"));
          Ops init = tf.withInitScope();
          float[] values = Values.of(160, i -> Math.sin(1 + 1.3 * i));
          Operand<TFloat32> initial = init.constant(Shape.of(20, 8), DataBuffers.of(values));
          init.assignVariableOp(table, init.dtypes.cast(initial, half));
          Operand<T> rows = tf.withName("rows").resourceGather(table, ids, half);
          Operand<T> pooled = tf.withName("pool").math.mean(rows, tf.constant(1));
          Operand<TFloat32> x = tf.dtypes.cast(pooled, TFloat32.class);
          x = tf.withName("again").dtypes.cast(x, TFloat32.class);
          Operand<TFloat32> dense = weight(tf, "dense_kernel", 8, 5);
          return Endpoints.builder()
              .input("ids", ids)
              .output("logits", tf.withName("dense_MatMul").linalg.matMul(x, dense))
              .build();
        });
  }

  @ParameterizedTest
  @EnumSource(Policy.class)
  void tableOfHalfPrecision_isQuantizedAndConverted(Policy policy) {
    GraphModel model = embedding(policy.type);
    float[] ids = {1, 2, 3, 4, 5, 6, 7, 19};
    try (TInt32 pairs = TInt32.tensorOf(Shape.of(2, 4))) {
      for (int i = 0; i < ids.length; i++) {
        pairs.setInt((int) ids[i], i / 4, i % 4);
      }
      float[] expected;
      try (LiveModel live = model.open();
          Result result = live.run(Map.of("ids", pairs))) {
        expected = TensorProtos.toFloats(TensorProtos.of(result.get(0)));
      }
      PostTrainingQuantization.Calibrated calibrated =
          PostTrainingQuantization.builder()
              .build()
              .calibrate(model, List.of(Map.of("ids", pairs)));
      assertEquals(List.of(), calibrated.report().skipped());
      for (TfLiteModel file :
          List.of(
              TfLiteConverter.of(model).convert(),
              TfLiteConverter.of(calibrated.model()).int8().convert())) {
        try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
          assertArrayEquals(expected, interpreter.run(ids, 2), 0.03f);
        }
      }
    }
  }

  private static <T extends TNumber> Operand<T> batchNorm(
      Ops tf, Operand<T> x, int channels, List<Op> updates) {
    VarHandleOp mean = handle(tf, "norm_mean", Values.of(channels, i -> 0.1 * i), channels);
    VarHandleOp variance = handle(tf, "norm_variance", Values.of(channels, i -> 1 + i), channels);
    FusedBatchNorm<T, TFloat32> norm =
        tf.withName("norm_batch_norm")
            .nn
            .fusedBatchNorm(
                x,
                weight(tf, "norm_gamma", channels),
                weight(tf, "norm_beta", channels),
                tf.readVariableOp(mean, TFloat32.class),
                tf.readVariableOp(variance, TFloat32.class),
                FusedBatchNorm.exponentialAvgFactor(0.1f),
                FusedBatchNorm.isTraining(true));
    updates.add(tf.assignVariableOp(mean, norm.batchMean()));
    updates.add(tf.assignVariableOp(variance, norm.batchVariance()));
    return norm.y();
  }

  private static Operand<TFloat32> weight(Ops tf, String name, long... shape) {
    int size = (int) Shape.of(shape).size();
    float[] values = Values.of(size, i -> 0.7 * Math.sin(1 + 1.7 * i));
    return tf.readVariableOp(handle(tf, name, values, shape), TFloat32.class);
  }

  private static VarHandleOp handle(Ops tf, String name, float[] values, long... shape) {
    VarHandleOp variable =
        tf.withName(name)
            .varHandleOp(TFloat32.class, Shape.of(shape), VarHandleOp.sharedName(name));
    Ops init = tf.withInitScope();
    init.assignVariableOp(variable, init.constant(Shape.of(shape), DataBuffers.of(values)));
    return variable;
  }

  @ParameterizedTest
  @EnumSource(Policy.class)
  void toFloat32_castsFallAway_andTheResultIsThatOfAFloat32Model(Policy policy) {
    GraphModel mixed = model(policy.type);
    GraphModel exact = model(TFloat32.class).toInference();
    GraphModel raised = mixed.toInference();
    assertTrue(
        raised.graphDef().getNodeList().stream().noneMatch(node -> node.getOp().equals("Cast")),
        "casts");
    assertArrayEquals(run(exact), run(raised), 1e-6f);
    // The oracle of mixed precision itself is TensorFlow: the training graph, frozen statistics.
    float largest = Values.largest(run(model(TFloat32.class)));
    assertArrayEquals(run(mixed.toFloat32()), run(mixed), policy.precision * largest);
    assertEquals(mixed.variables(), mixed.toFloat32().variables());
    mixed.save(folder.resolve("saved"));
    assertArrayEquals(
        run(raised), run(GraphModel.load(folder.resolve("saved")).toInference()), 1e-6f);
  }

  @Test
  void toFloat32_withoutHalfPrecision_isTheSameModel() {
    GraphModel model = model(TFloat32.class);
    assertEquals(model, model.toFloat32());
  }

  /** Techniques, and the half of the weights or the few values that they leave. */
  enum Applied {
    PRUNING(Pruning.builder().schedule(ConstantSparsity.of(0.5, 0)).build(), false),
    CLUSTERING(Clustering.builder().clusters(4).build(), false),
    QUANTIZATION(QuantizationAwareTraining.create(), true);

    private final Technique technique;
    private final boolean integers;

    Applied(Technique technique, boolean integers) {
      this.technique = technique;
      this.integers = integers;
    }
  }

  @ParameterizedTest
  @EnumSource(Applied.class)
  void technique_trainsStripsAndConverts(Applied applied) {
    for (Policy policy : Policy.values()) {
      Optimized optimized = applied.technique.apply(model(policy.type));
      GraphModel stripped = trained(optimized);
      WeightSummary summary = WeightSummary.of(stripped);
      summary.layers().stream()
          .filter(layer -> !layer.type().startsWith("Depthwise"))
          .forEach(
              layer -> {
                assertTrue(applied != Applied.PRUNING || layer.sparsity() == 0.5, "zeros");
                assertTrue(applied != Applied.CLUSTERING || layer.distinct() <= 4, "values");
              });
      assertConverts(stripped, applied.integers);
    }
  }

  @ParameterizedTest
  @EnumSource(Policy.class)
  void techniquesTogether_andAfterTraining(Policy policy) {
    Optimized both =
        QuantizationAwareTraining.create()
            .apply(Applied.PRUNING.technique.apply(model(policy.type)));
    TfLiteModel file = assertConverts(trained(both), true);
    // Half of 108 and of 20 weights, none of the 36 of the depthwise convolution.
    assertTrue(file.zeroFraction() >= 64.0 / 164, file.zeroFraction() + " zeros in the file");
    GraphModel model = model(policy.type);
    try (TFloat32 image = TestTraining.random(Shape.of(BATCH, 6, 6, 3), 1)) {
      assertConverts(
          PostTrainingQuantization.builder()
              .build()
              .calibrate(model, List.of(Map.of("image", image)))
              .model(),
          true);
    }
    Optimized once = Pruning.builder().oneShot(0.5).apply(model.toInference().freeze());
    assertEquals(0.5, WeightSummary.of(once.strip()).layers().get(0).sparsity());
  }

  /** Trains some steps, in which the loss falls. */
  private static GraphModel trained(Optimized optimized) {
    try (TestTraining training = new TestTraining(optimized, BATCH)) {
      training.begin(0, 12);
      float first = training.loss(0);
      for (int step = 0; step < 12; step++) {
        assertTrue(Float.isFinite(training.step(0)), "loss at step " + step);
      }
      assertTrue(training.loss(0) < first, training.loss(0) + " of " + first);
      return training.trained().strip();
    }
  }

  private static TfLiteModel assertConverts(GraphModel stripped, boolean integers) {
    TfLiteConverter converter = TfLiteConverter.of(stripped);
    TfLiteModel file = integers ? converter.int8().convert() : converter.convert();
    assertFalse(file.operators().stream().anyMatch(op -> op.name().equals("CAST")), "casts");
    float[] expected = run(stripped);
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file);
        TFloat32 image = TestTraining.random(Shape.of(BATCH, 6, 6, 3), 1)) {
      float[] values = TensorProtos.toFloats(TensorProtos.of(image));
      float tolerance = (integers ? 0.03f : 1e-4f) * Values.largest(expected);
      assertArrayEquals(expected, interpreter.run(values, BATCH), tolerance);
    }
    return file;
  }

  private static float[] run(GraphModel model) {
    try (TFloat32 image = TestTraining.random(Shape.of(BATCH, 6, 6, 3), 1)) {
      return TestTraining.run(model, image);
    }
  }

  private static <T extends TNumber> GraphModel pure(Class<T> type) {
    return GraphModel.build(
        tf -> {
          Placeholder<T> x = tf.withName("x").placeholder(type, Placeholder.shape(Shape.of(-1, 2)));
          VarHandleOp kernel =
              tf.withName("kernel")
                  .varHandleOp(type, Shape.of(2, 2), VarHandleOp.sharedName("kernel"));
          Ops init = tf.withInitScope();
          float[] values = {1, 2, 3, 4};
          init.assignVariableOp(
              kernel,
              init.dtypes.cast(init.constant(Shape.of(2, 2), DataBuffers.of(values)), type));
          return Endpoints.builder()
              .input("x", x)
              .output("y", tf.withName("product").linalg.matMul(x, tf.readVariableOp(kernel, type)))
              .training(true)
              .build();
        });
  }

  @Test
  void weightsOfAnotherType_areNamedWithIt() {
    Map<Class<? extends TNumber>, String> names =
        Map.of(
            TFloat16.class, "float16 (half precision)",
            TBfloat16.class, "bfloat16 (half precision)",
            TFloat64.class, "float64 (double precision)");
    names.forEach(
        (type, name) -> {
          for (Technique technique :
              List.of(
                  Applied.PRUNING.technique,
                  Clustering.builder().clusters(2).build(),
                  Pruning.builder().oneShot(0.5))) {
            String message =
                assertThrows(IllegalArgumentException.class, () -> technique.apply(pure(type)))
                    .getMessage();
            assertTrue(message.contains("product (MatMul): its weight \"kernel\""), message);
            assertTrue(message.contains(name), message);
          }
        });
  }

  @Test
  void halfPrecisionOutside_staysSo() {
    GraphModel half = pure(TFloat16.class);
    GraphModel raised = half.toFloat32();
    assertEquals(half.inputs(), raised.inputs());
    assertEquals(half.variables(), raised.variables());
    assertEquals(
        List.of("Cast", "Cast", "Cast"),
        raised.graphDef().getNodeList().stream()
            .map(node -> node.getOp())
            .filter(op -> op.equals("Cast"))
            .toList());
    try (var live = raised.open();
        var opened = half.open()) {
      assertEquals(opened.output("y").dataType(), live.output("y").dataType());
    }
  }
}
