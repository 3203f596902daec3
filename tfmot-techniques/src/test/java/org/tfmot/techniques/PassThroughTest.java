package org.tfmot.techniques;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
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
import org.tfmot.techniques.testing.ForeignOperation;
import org.tfmot.techniques.testing.TechniqueSpec;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.testing.Values;

/** Operations that no technique knows: their meaning stays, and the report names them. */
class PassThroughTest {

  private static final String FOREIGN = "foreign";
  private static final int BATCH = 4;

  @TempDir Path folder;

  enum TechniqueCase {
    PRUNE(
        Pruning.builder().schedule(ConstantSparsity.of(0.5, 0, 1, 1)).build(),
        0,
        "pruning does not know operations of this type"),
    CLUSTER(
        Clustering.builder().clusters(8).build(),
        0.6f,
        "weight clustering does not know operations of this type"),
    QUANTIZE(
        QuantizationAwareTraining.create(),
        0.1f,
        "operation not known to quantization, stays in float");

    private final Technique technique;

    /** How far the logits are from those of the float model at once, over the largest. */
    private final float change;

    private final String reason;

    TechniqueCase(Technique technique, float change, String reason) {
      this.technique = technique;
      this.change = change;
      this.reason = reason;
    }
  }

  /** The operation, then two layers; what it makes is an output of its own. */
  private static GraphModel model(ForeignOperation operation) {
    String[] made = new String[1];
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            Shape.of(-1, 6),
            (layers, image) -> {
              Operand<TFloat32> y = operation.add(layers, image);
              made[0] = y.op().name() + ":" + y.asOutput().index();
              Operand<TFloat32> flat = layers.tf().reshape(y, layers.tf().array(-1, 6));
              Operand<TFloat32> x = layers.relu("one", layers.matMul("one", flat, 5));
              return layers.matMul("two", x, 3);
            });
    return GraphModel.of(
        model.graphDef(),
        model.endpoints().toBuilder().output(FOREIGN, made[0]).build(),
        model.variables().values());
  }

  @TechniqueSpec
  void foreignOperation_passesThroughTraining(ForeignOperation operation, TechniqueCase each) {
    GraphModel model = model(operation);
    Optimized optimized = each.technique.apply(model);
    assertNamed(operation, each.reason, optimized.reports().get(0));
    assertSame(model, optimized.model(), each.change);
    try (TestTraining training = new TestTraining(optimized, BATCH)) {
      float[] before = training.value("one/kernel");
      training.begin(0, 3);
      for (int step = 0; step < 3; step++) {
        assertTrue(Float.isFinite(training.step(step)));
      }
      assertFalse(Arrays.equals(before, training.value("one/kernel")), "it does not train");
      GraphModel stripped = training.trained().strip();
      assertSame(training.trained().model().toInference(), stripped, 0.05f);
      stripped.save(folder.resolve("saved"));
      assertSame(stripped, GraphModel.load(folder.resolve("saved")), 0);
    }
  }

  @TechniqueSpec
  void foreignOperation_passesThroughPostTrainingQuantization(ForeignOperation operation) {
    GraphModel model = model(operation);
    try (TFloat32 sample = TestTraining.random(Shape.of(BATCH, 6), 3)) {
      PostTrainingQuantization.Calibrated calibrated =
          PostTrainingQuantization.builder()
              .build()
              .calibrate(model, List.of(Map.of("image", sample)));
      assertNamed(
          operation, "operation not known to quantization, stays in float", calibrated.report());
      assertSame(model, calibrated.model(), 0.1f);
    }
  }

  @TechniqueSpec
  void foreignOperation_passesThroughPruningAtOnce(ForeignOperation operation) {
    GraphModel model = model(operation);
    Optimized pruned = Pruning.builder().oneShot(0.5).apply(model);
    assertNamed(
        operation, "pruning does not know operations of this type", pruned.reports().get(0));
    assertEquals(model.graphDef(), pruned.model().graphDef());
    assertNotEquals(model.variable("one/kernel"), pruned.model().variable("one/kernel"));
  }

  /** Fails unless just what is in the report is what makes up the foreign operation. */
  private static void assertNamed(
      ForeignOperation operation, String reason, OptimizationReport report) {
    Map<String, String> reasons =
        report.skipped().stream()
            .filter(entry -> operation.types().contains(entry.type()))
            .collect(Collectors.toMap(e -> e.type(), e -> e.detail(), (a, b) -> a));
    operation.types().forEach(type -> assertEquals(reason, reasons.get(type), report.toString()));
    assertTrue(report.applied().stream().anyMatch(e -> e.operation().equals("one/MatMul")));
  }

  /** The foreign operation's output is equal up to its quantization, the logits up to a share. */
  private static void assertSame(GraphModel expected, GraphModel actual, float tolerance) {
    try (TFloat32 image = TestTraining.random(Shape.of(BATCH, 6), 3);
        LiveModel one = expected.open();
        LiveModel other = actual.open();
        Result wanted = one.run(Map.of("image", image));
        Result got = other.run(Map.of("image", image))) {
      int foreign = List.copyOf(expected.outputs().keySet()).indexOf(FOREIGN);
      float[] passed = floats(wanted, foreign);
      float step = tolerance == 0 ? 0 : Values.largest(passed) / 16;
      assertArrayEquals(passed, floats(got, foreign), step);
      float[] logits = floats(wanted, 1 - foreign);
      assertArrayEquals(logits, floats(got, 1 - foreign), tolerance * Values.largest(logits));
    }
  }

  private static float[] floats(Result result, int index) {
    return TensorProtos.toFloats(TensorProtos.of(result.get(index)));
  }
}
