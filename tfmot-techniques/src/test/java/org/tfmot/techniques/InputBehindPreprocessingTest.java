package org.tfmot.techniques;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.OptimizationReport;
import org.tfmot.api.Optimized;
import org.tfmot.api.Technique;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.clustering.Clustering;
import org.tfmot.techniques.pruning.ConstantSparsity;
import org.tfmot.techniques.pruning.Pruning;
import org.tfmot.techniques.quantization.PostTrainingQuantization;
import org.tfmot.techniques.quantization.QuantizationAwareTraining;
import org.tfmot.techniques.summary.WeightSummary;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;

/**
 * A model whose input is the result of parsing text and of a product with a table: what stands
 * before it is not the model's for any technique, report or file.
 */
class InputBehindPreprocessingTest {

  private static final float[] WEIGHT = {1, 2, 3, -4};
  private static final float[] X = {0, 1, 1, 0.5f};
  private static final float[] Y = {3, -4, 2.5f, 0};

  /** Without the smallest weight, the 1. */
  private static final float[] Y_PRUNED = {3, -4, 1.5f, 0};

  private static GraphModel model() {
    return GraphModel.build(
        tf -> {
          Placeholder<TString> raw =
              tf.withName("raw").placeholder(TString.class, Placeholder.shape(Shape.of(-1, 2)));
          Operand<TFloat32> numbers = tf.withName("numbers").strings.toNumber(raw, TFloat32.class);
          Operand<TFloat32> x =
              tf.withName("x").linalg.matMul(numbers, variable(tf, "table", 1, 0, 0, 1));
          Operand<TFloat32> y =
              tf.withName("product").linalg.matMul(x, variable(tf, "weight", WEIGHT));
          return Endpoints.builder().input("x", x).output("y", y).training(true).build();
        });
  }

  private static Operand<TFloat32> variable(Ops tf, String name, float... values) {
    Shape shape = Shape.of(2, 2);
    VarHandleOp handle =
        tf.withName(name).varHandleOp(TFloat32.class, shape, VarHandleOp.sharedName(name));
    Ops init = tf.withInitScope();
    init.assignVariableOp(handle, init.constant(shape, DataBuffers.of(values)));
    return tf.readVariableOp(handle, TFloat32.class);
  }

  enum Applied {
    NOTHING(model -> Optimized.of(model)),
    PRUNING(
        model ->
            afterOneStep(Pruning.builder().schedule(ConstantSparsity.of(0.25, 0)).build(), model)),
    ONE_SHOT_PRUNING(model -> Pruning.builder().oneShot(0.25).apply(model)),
    CLUSTERING(model -> afterOneStep(Clustering.builder().clusters(3).build(), model)),
    QUANTIZATION_AWARE_TRAINING(model -> afterOneStep(QuantizationAwareTraining.create(), model)),
    POST_TRAINING_QUANTIZATION(InputBehindPreprocessingTest::calibrated);

    private final Function<GraphModel, Optimized> apply;

    Applied(Function<GraphModel, Optimized> apply) {
      this.apply = apply;
    }
  }

  @ParameterizedTest
  @EnumSource(Applied.class)
  void technique_takesTheInputAlone(Applied applied) {
    Optimized optimized = applied.apply.apply(model());
    for (OptimizationReport report : optimized.reports()) {
      assertFalse(report.toString().contains("numbers"), report.toString());
      assertEquals(
          List.of("product"),
          report.applied().stream()
              .filter(entry -> entry.type().equals("MatMul"))
              .map(OptimizationReport.Entry::operation)
              .toList());
    }
    GraphModel stripped = optimized.strip();
    assertEquals(Map.of("x", "x:0"), stripped.inputs());
    // Three clusters of four weights move one of them.
    float tolerance = applied == Applied.CLUSTERING ? 1 : 0.06f;
    boolean pruned = applied.name().contains("PRUNING");
    assertArrayEquals(pruned ? Y_PRUNED : Y, run(stripped), tolerance);
    assertEquals(1, WeightSummary.of(stripped).layers().size());
    boolean integers = applied.name().contains("QUANTIZATION");
    TfLiteConverter converter = TfLiteConverter.of(stripped);
    try (TfLiteInterpreter file =
        TfLiteInterpreter.open(integers ? converter.int8().convert() : converter.convert())) {
      assertArrayEquals(run(stripped), file.run(X, 2), 0.06f);
    }
  }

  private static Optimized afterOneStep(Technique technique, GraphModel model) {
    Optimized optimized = technique.apply(model);
    try (LiveModel live = optimized.model().open();
        TFloat32 x = TFloat32.tensorOf(Shape.of(2, 2), DataBuffers.of(X))) {
      optimized.hooks().forEach(hook -> hook.begin(live.session(), 0, 1));
      optimized.hooks().forEach(hook -> hook.beforeStep(live.session(), 0));
      Session.Runner runner = live.runner(Map.of("x", x));
      live.model().updates().forEach(runner::addTarget);
      runner.fetch(live.output("y")).run().close();
      optimized.hooks().forEach(hook -> hook.afterStep(live.session(), 0));
      return optimized.withModel(live.snapshot());
    }
  }

  private static Optimized calibrated(GraphModel model) {
    try (TFloat32 x = TFloat32.tensorOf(Shape.of(2, 2), DataBuffers.of(X))) {
      var calibrated =
          PostTrainingQuantization.builder().build().calibrate(model, List.of(Map.of("x", x)));
      return Optimized.of(model)
          .with(calibrated.model(), List.of(), calibrated.report(), UnaryOperator.identity());
    }
  }

  private static float[] run(GraphModel model) {
    try (LiveModel live = model.open();
        TFloat32 x = TFloat32.tensorOf(Shape.of(2, 2), DataBuffers.of(X));
        Result result = live.run(Map.of("x", x))) {
      return TensorProtos.toFloats(TensorProtos.of(result.get(0)));
    }
  }
}
