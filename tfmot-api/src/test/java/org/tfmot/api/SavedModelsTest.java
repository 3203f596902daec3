package org.tfmot.api;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Signature;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Variable.Kind;
import org.tfmot.api.graph.TensorProtos;

class SavedModelsTest {
  private static final float[] X = {1, 2, -3};

  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource(Kind.class)
  void save_thenLoad_givesTheSameModel(Kind kind) {
    GraphModel model = TestModels.trained(TestModels.dense(kind), 5, X);
    model.save(folder.resolve("saved"));

    GraphModel loaded = GraphModel.load(folder.resolve("saved"));

    assertEquals(model.variables(), loaded.variables());
    assertEquals(model.inputs(), loaded.inputs());
    assertEquals(model.outputs(), loaded.outputs());
    assertEquals(nodes(model), nodes(loaded));
    assertFalse(loaded.isTraining());
    float[] kernel = TensorProtos.toFloats(loaded.variable("kernel").value());
    float[] bias = TensorProtos.toFloats(loaded.variable("bias").value());
    assertFalse(Arrays.equals(TestModels.KERNEL, kernel), "trained");
    assertArrayEquals(
        TestModels.denseByHand(X, kernel, bias), TestModels.run(loaded, Shape.of(1, 3), X), 1e-5f);
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void save_isReadByTensorFlow(Kind kind) {
    GraphModel model = TestModels.trained(TestModels.dense(kind), 5, X);
    model.save(folder.resolve("saved"));

    try (SavedModelBundle bundle = SavedModelBundle.load(folder.resolve("saved").toString())) {
      assertArrayEquals(TestModels.run(model, Shape.of(1, 3), X), call(bundle, X));
      Signature signature = bundle.function("serving_default").signature();
      assertEquals(DataType.DT_FLOAT, signature.getInputs().get("x").dataType);
      assertEquals("[-1, 3]", signature.getInputs().get("x").shape.toString());
      assertEquals("[-1, 2]", signature.getOutputs().get("y").shape.toString());
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void save_carriesNodesThatSaveAgain(Kind kind) {
    GraphModel model = TestModels.dense(kind);
    model.save(folder.resolve("saved"));
    try (SavedModelBundle bundle = SavedModelBundle.load(folder.resolve("saved").toString())) {
      bundle.session().save(folder.resolve("again").toString());
    }
    GraphModel zeros = model.withValues(Map.of("bias", TensorProtos.floats(Shape.of(2), 0, 0)));
    assertEquals(model.variables(), zeros.restore(folder.resolve("again")).variables());
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void save_trainingModel_keepsUpdatesModeAndTrainability(Kind kind) {
    GraphModel model = BatchNormModels.withFactor(kind);
    GraphModel trained = TestModels.trained(model, 3, BatchNormModels.BATCH);
    trained.save(folder.resolve("saved"));

    GraphModel loaded = GraphModel.load(folder.resolve("saved"));

    assertTrue(loaded.isTraining());
    assertEquals(trained.updates(), loaded.updates());
    assertEquals(trained.variables(), loaded.variables());
    assertFalse(loaded.variable("moving_mean").trainable());
    assertArrayEquals(
        TestModels.run(trained.toInference(), Shape.of(4, 2), BatchNormModels.BATCH),
        TestModels.run(loaded.toInference(), Shape.of(4, 2), BatchNormModels.BATCH));
    assertEquals(
        TestModels.trained(trained, 2, BatchNormModels.BATCH).variables().keySet(),
        TestModels.trained(loaded, 2, BatchNormModels.BATCH).variables().keySet());
  }

  @Test
  void save_keepsWhatIsNotTrainable() {
    GraphModel model = TestModels.dense(Kind.RESOURCE);
    Variable bias = model.variable("bias");
    GraphModel fixed =
        GraphModel.of(
            model.graphDef(),
            model.endpoints(),
            List.of(
                model.variable("kernel"), new Variable("bias", bias.kind(), false, bias.value())));
    fixed.save(folder.resolve("saved"));
    assertEquals(fixed.variables(), GraphModel.load(folder.resolve("saved")).variables());
  }

  @Test
  void save_frozenModel_needsNoVariables() {
    GraphModel frozen = TestModels.dense(Kind.RESOURCE).freeze();
    frozen.save(folder.resolve("saved"));
    assertFalse(Files.exists(folder.resolve("saved/variables")));
    GraphModel loaded = GraphModel.load(folder.resolve("saved"));
    assertEquals(Map.of(), loaded.variables());
    try (SavedModelBundle bundle = SavedModelBundle.load(folder.resolve("saved").toString())) {
      assertArrayEquals(TestModels.run(frozen, Shape.of(1, 3), X), call(bundle, X));
    }
  }

  @Test
  void save_savedModelOfASavedModel_doesNotGrow() {
    TestModels.dense(Kind.REFERENCE).save(folder.resolve("first"));
    GraphModel loaded = GraphModel.load(folder.resolve("first"));
    loaded.save(folder.resolve("second"));
    assertEquals(nodes(loaded), nodes(GraphModel.load(folder.resolve("second"))));
  }

  @Test
  void save_emptyFolder_isUsed() throws IOException {
    Path target = Files.createDirectory(folder.resolve("empty"));
    TestModels.dense(Kind.RESOURCE).save(target);
    assertEquals(2, GraphModel.load(target).variables().size());
  }

  @Test
  void save_folderWithFiles_isRefusedAndLeftAlone() throws IOException {
    Files.writeString(folder.resolve("mine"), "text");
    GraphModel model = TestModels.dense(Kind.RESOURCE);
    var error = assertThrows(IllegalArgumentException.class, () -> model.save(folder));
    assertTrue(error.getMessage().contains(folder.toString()), error.getMessage());
    error = assertThrows(IllegalArgumentException.class, () -> model.save(folder.resolve("mine")));
    assertTrue(error.getMessage().contains("is a file"), error.getMessage());
    try (var files = Files.list(folder)) {
      assertEquals(1, files.count());
    }
  }

  @Test
  void save_whereNoFolderCanBe_saysTheReason() throws IOException {
    Files.writeString(folder.resolve("mine"), "text");
    GraphModel model = TestModels.dense(Kind.RESOURCE).freeze();
    Path inside = folder.resolve("mine/saved");
    var error = assertThrows(UncheckedIOException.class, () -> model.save(inside));
    assertTrue(
        error.getMessage().startsWith("cannot write the SavedModel " + inside + ": "),
        error.getMessage());
    assertTrue(error.getMessage().contains("Exception"), error.getMessage());
  }

  private static float[] call(SavedModelBundle bundle, float... x) {
    try (TFloat32 tensor = TFloat32.tensorOf(StdArrays.ndCopyOf(new float[][] {x}));
        Result result = bundle.function("serving_default").call(Map.of("x", tensor))) {
      return TensorProtos.toFloats(TensorProtos.of(result.get("y").orElseThrow()));
    }
  }

  /** By name: a graph's nodes come back in another order. */
  private static Map<String, NodeDef> nodes(GraphModel model) {
    return model.graphDef().getNodeList().stream()
        .collect(Collectors.toMap(NodeDef::getName, node -> node));
  }
}
