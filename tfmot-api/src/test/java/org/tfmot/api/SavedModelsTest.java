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
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.ConcreteFunction;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.SessionFunction;
import org.tensorflow.Signature;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.SavedModel;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedVariable;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
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
  void load_exportedSession_hasTheTrainedValues() throws IOException {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      Signature signature = scaling(tf, "twice", 2);
      session.initialize();
      session.run(tf.assign(variable(graph), tf.constant(7f)));
      SavedModelBundle.exporter(folder.toString())
          .withSession(session)
          .withSignature(signature)
          .export();
    }
    GraphModel loaded = GraphModel.load(folder);
    assertFalse(loaded.isTraining());
    assertTrue(loaded.canTrain(), "nothing in it has a mode");
    assertEquals(TensorProtos.scalar(7f), loaded.variable("factor").value());
    assertEquals(Kind.REFERENCE, loaded.variable("factor").kind());
    assertArrayEquals(new float[] {7, 21}, TestModels.run(loaded, Shape.of(2), 1, 3));
  }

  @Test
  void load_savedFunction_hasItsSignature() throws IOException {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Signature signature = scaling(Ops.create(graph), Signature.DEFAULT_KEY, 3);
      session.initialize();
      SessionFunction.create(signature, session).save(folder.toString());
    }
    GraphModel loaded = GraphModel.load(folder);
    assertEquals(List.of("in"), List.copyOf(loaded.inputs().keySet()));
    assertEquals(List.of("out"), List.copyOf(loaded.outputs().keySet()));
    assertArrayEquals(new float[] {6}, TestModels.run(loaded, Shape.of(1), 2));
  }

  @Test
  void load_modelThatCallsAConcreteFunction_hasItsBody() throws IOException {
    try (ConcreteFunction square = ConcreteFunction.create(SavedModelsTest::square);
        Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      Placeholder<TFloat32> x = TestModels.input(tf, "x", -1);
      var factor = tf.withName("factor").variable(tf.constant(2f));
      Operand<?> squared = square.call(tf, tf.math.mul(x, factor));
      Signature signature =
          Signature.builder(Signature.DEFAULT_KEY).input("x", x).output("y", squared).build();
      session.initialize();
      SavedModelBundle.exporter(folder.resolve("a").toString())
          .withSession(session)
          .withSignature(signature)
          .export();
    }
    GraphModel loaded = GraphModel.load(folder.resolve("a"));
    assertArrayEquals(new float[] {36}, TestModels.run(loaded, Shape.of(1), 3));
    assertTrue(
        loaded.graphDef().getNodeList().stream().noneMatch(node -> node.getOp().endsWith("Call")));
    loaded.save(folder.resolve("b"));
    GraphModel again = GraphModel.load(folder.resolve("b"));
    assertArrayEquals(new float[] {36}, TestModels.run(again, Shape.of(1), 3));
  }

  @Test
  void load_batchNormInTrainingMode_isATrainingModel() throws IOException {
    GraphModel model = BatchNormModels.withFactor(Kind.REFERENCE);
    try (LiveModel live = model.open()) {
      SavedModelBundle.exporter(folder.toString())
          .withSession(live.session())
          .withSignature(
              Signature.builder(Signature.DEFAULT_KEY)
                  .input("x", live.input("x"))
                  .output("y", live.output("y"))
                  .build())
          .export();
    }
    GraphModel loaded = GraphModel.load(folder);
    assertTrue(loaded.isTraining());
    assertFalse(loaded.variable("moving_variance").trainable());
    assertTrue(loaded.variable("gamma").trainable());
    assertArrayEquals(
        TestModels.run(model.toInference(), Shape.of(4, 2), BatchNormModels.BATCH),
        TestModels.run(loaded.toInference(), Shape.of(4, 2), BatchNormModels.BATCH));
  }

  @Test
  void load_noFolder_isRefused() {
    Path missing = folder.resolve("missing");
    assertRefused(missing, "there is no SavedModel in " + missing);
    assertRefused(folder, "saved_model.pb");
  }

  @Test
  void load_damagedFile_isRefused() throws IOException {
    TestModels.dense(Kind.RESOURCE).save(folder.resolve("saved"));
    Path file = folder.resolve("saved/saved_model.pb");
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
    assertRefused(folder.resolve("saved"), file + " is damaged");
  }

  @Test
  void load_missingVariables_isRefused() throws IOException {
    Path saved = folder.resolve("saved");
    TestModels.dense(Kind.RESOURCE).save(saved);
    Checkpoint.delete(saved.resolve("variables/variables"));
    assertRefused(saved, saved.toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "train", "serve tpu", "serve gpu quantized"})
  void load_onlyGraph_isTaken_whateverItsTags(String tags) throws IOException {
    rewrite(
        graph ->
            graph
                .getMetaInfoDefBuilder()
                .clearTags()
                .addAllTags(tags.isEmpty() ? List.of() : List.of(tags.split(" "))));
    assertEquals(2, GraphModel.load(folder.resolve("saved")).variables().size());
  }

  @Test
  void load_oneOfSeveralGraphs_isTheOneToServe_orTheOneAskedFor() throws IOException {
    tagged(List.of("train"), List.of("serve", "tpu"));
    Path saved = folder.resolve("saved");
    assertEquals(2, GraphModel.load(saved).variables().size());
    assertEquals(2, GraphModel.load(saved, "serving_default", Set.of("train")).variables().size());
    var error =
        assertThrows(
            IllegalArgumentException.class,
            () -> GraphModel.load(saved, "serving_default", Set.of("tpu")));
    assertTrue(
        error.getMessage().contains("no graph with the tags [tpu], only [[train], [serve, tpu]]"),
        error.getMessage());
  }

  @Test
  void load_severalGraphsToServe_areNamed_withTheRemedy() throws IOException {
    tagged(List.of("serve", "gpu"), List.of("serve", "tpu"));
    assertRefused(
        folder.resolve("saved"),
        "2 graphs with the tag \"serve\", of [[serve, gpu], [serve, tpu]]; say which to load:"
            + " GraphModel.load(folder, signature, tags)");
  }

  @Test
  void load_sparseInput_isRefused_withTheRemedy() throws IOException {
    TensorInfo sparse =
        TensorInfo.newBuilder()
            .setCooSparse(TensorInfo.CooSparse.newBuilder().setValuesTensorName("x:0"))
            .build();
    rewrite(
        graph ->
            graph.putSignatureDef(
                "serving_default",
                graph.getSignatureDefOrThrow("serving_default").toBuilder()
                    .putInputs("words", sparse)
                    .build()));
    assertRefused(folder.resolve("saved"), "\"words\" in the signature \"serving_default\"");
    assertRefused(folder.resolve("saved"), "is a sparse tensor, not a dense tensor: export");
  }

  private void tagged(List<String> first, List<String> second) throws IOException {
    TestModels.dense(Kind.RESOURCE).save(folder.resolve("saved"));
    Path file = folder.resolve("saved/saved_model.pb");
    SavedModel.Builder saved = SavedModel.parseFrom(Files.readAllBytes(file)).toBuilder();
    MetaGraphDef.Builder other = saved.getMetaGraphs(0).toBuilder();
    other.getMetaInfoDefBuilder().clearTags().addAllTags(second);
    saved.getMetaGraphsBuilder(0).getMetaInfoDefBuilder().clearTags().addAllTags(first);
    Files.write(file, saved.addMetaGraphs(other).build().toByteArray());
  }

  @Test
  void load_tagTwice_isTheSameSet() throws IOException {
    rewrite(graph -> graph.getMetaInfoDefBuilder().addTags("serve"));
    assertEquals(2, GraphModel.load(folder.resolve("saved")).variables().size());
  }

  @Test
  void load_secondGraphOfTheSameTags_isRefused() throws IOException {
    TestModels.dense(Kind.RESOURCE).save(folder.resolve("saved"));
    Path file = folder.resolve("saved/saved_model.pb");
    SavedModel.Builder saved = SavedModel.parseFrom(Files.readAllBytes(file)).toBuilder();
    MetaGraphDef.Builder first = saved.getMetaGraphs(0).toBuilder();
    first.getMetaInfoDefBuilder().addTags("serve");
    first.getGraphDefBuilder().getNodeBuilder(0).setOp("Nothing");
    Files.write(file, saved.addMetaGraphs(0, first).build().toByteArray());
    assertRefused(
        folder.resolve("saved"),
        "has 2 graphs with the tag \"serve\", of [[serve, serve], [serve]]");
  }

  @Test
  void load_modelInPiecesBesideTheOther_isRefused() throws IOException {
    TestModels.dense(Kind.RESOURCE).save(folder.resolve("saved"));
    Files.writeString(folder.resolve("saved/saved_model.cpb"), "other");
    assertRefused(folder.resolve("saved"), "has a saved_model.cpb, a model in pieces");
  }

  @Test
  void load_textBesideTheBinary_isNotRead() throws IOException {
    TestModels.dense(Kind.RESOURCE).save(folder.resolve("saved"));
    Files.writeString(folder.resolve("saved/saved_model.pbtxt"), "other");
    assertEquals(2, GraphModel.load(folder.resolve("saved")).variables().size());
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

  @Test
  void load_severalSignaturesWithoutDefault_isRefused() throws IOException {
    rewrite(
        graph -> {
          SignatureDef signature = graph.getSignatureDefOrThrow("serving_default");
          graph.clearSignatureDef().putSignatureDef("a", signature).putSignatureDef("b", signature);
        });
    assertRefused(folder.resolve("saved"), "no signature \"serving_default\", nor just one");
    assertRefused(folder.resolve("saved"), "[a, b]");
    assertEquals(
        GraphModel.load(folder.resolve("saved"), "a").outputs(),
        GraphModel.load(folder.resolve("saved"), "b").outputs());
    var error =
        assertThrows(
            IllegalArgumentException.class, () -> GraphModel.load(folder.resolve("saved"), "c"));
    assertTrue(
        error.getMessage().contains("no signature \"c\": the nearest are \"a\", \"b\""),
        error.toString());
  }

  @Test
  void load_objectsOfTensorFlow2_sayWhatIsTrained() throws IOException {
    rewrite(graph -> objects(graph, Map.of("kernel:0", false, "bias", true)));
    GraphModel loaded = GraphModel.load(folder.resolve("saved"));
    assertFalse(loaded.variable("kernel").trainable());
    assertTrue(loaded.variable("bias").trainable());
  }

  @Test
  void load_objectsOfTensorFlow2_haveNamesWithoutNumbers() throws IOException {
    GraphModel numbered =
        GraphModel.build(
            tf -> {
              Operand<TFloat32> x = TestModels.input(tf, "x", -1);
              Operand<TFloat32> y = x;
              for (String name : List.of("mean_1", "gamma_1", "gamma_2", "other_1")) {
                var made = TestModels.variable(tf, Kind.RESOURCE, name, Shape.of(1), 2);
                y = tf.math.mul(y, made.read());
              }
              return Endpoints.builder().input("x", x).output("y", y).build();
            });
    rewrite(
        numbered, graph -> objects(graph, Map.of("mean", false, "gamma", true, "gamma_2", false)));
    GraphModel loaded = GraphModel.load(folder.resolve("saved"));
    assertFalse(loaded.variable("mean_1").trainable());
    assertTrue(loaded.variable("gamma_1").trainable());
    assertFalse(loaded.variable("gamma_2").trainable());
    assertTrue(loaded.variable("other_1").trainable());
  }

  @Test
  void load_objectsOfTensorFlow2_thatDisagree_sayNothing() throws IOException {
    rewrite(
        graph -> {
          objects(graph, Map.of("kernel", false));
          objects(graph, Map.of("kernel", true));
        });
    assertTrue(GraphModel.load(folder.resolve("saved")).variable("kernel").trainable());
  }

  private static void objects(MetaGraphDef.Builder graph, Map<String, Boolean> trainable) {
    graph.clearCollectionDef();
    trainable.forEach(
        (name, value) ->
            graph
                .getObjectGraphDefBuilder()
                .addNodesBuilder()
                .setVariable(SavedVariable.newBuilder().setName(name).setTrainable(value)));
  }

  @Test
  void load_signatureWithoutOutputs_isRefused() throws IOException {
    rewrite(
        graph ->
            graph.putSignatureDef(
                "serving_default",
                graph.getSignatureDefOrThrow("serving_default").toBuilder()
                    .clearOutputs()
                    .build()));
    assertRefused(folder.resolve("saved"), "\"serving_default\" of the SavedModel");
  }

  @Test
  void load_signatureWithUnknownNode_isRefused() throws IOException {
    rewrite(
        graph -> {
          SignatureDef.Builder signature =
              graph.getSignatureDefOrThrow("serving_default").toBuilder();
          signature.putOutputs(
              "y", signature.getOutputsOrThrow("y").toBuilder().setName("nowhere:0").build());
          graph.putSignatureDef("serving_default", signature.build());
        });
    assertRefused(folder.resolve("saved"), "nowhere");
  }

  private void assertRefused(Path directory, String part) {
    var error = assertThrows(IllegalArgumentException.class, () -> GraphModel.load(directory));
    assertTrue(error.getMessage().contains(part), error.getMessage());
  }

  private void rewrite(java.util.function.Consumer<MetaGraphDef.Builder> change)
      throws IOException {
    rewrite(TestModels.dense(Kind.RESOURCE), change);
  }

  private void rewrite(GraphModel model, java.util.function.Consumer<MetaGraphDef.Builder> change)
      throws IOException {
    model.save(folder.resolve("saved"));
    Path file = folder.resolve("saved/saved_model.pb");
    SavedModel.Builder saved = SavedModel.parseFrom(Files.readAllBytes(file)).toBuilder();
    change.accept(saved.getMetaGraphsBuilder(0));
    Files.write(file, saved.build().toByteArray());
  }

  private static Signature scaling(Ops tf, String key, float initial) {
    Placeholder<TFloat32> x = TestModels.input(tf, "x", -1);
    var factor = tf.withName("factor").variable(tf.constant(initial));
    return Signature.builder(key).input("in", x).output("out", tf.math.mul(x, factor)).build();
  }

  private static Signature square(Ops tf) {
    Placeholder<TFloat32> x = TestModels.input(tf, "x", -1);
    return Signature.builder("square").input("x", x).output("y", tf.math.square(x)).build();
  }

  private static Operand<TFloat32> variable(Graph graph) {
    return graph.outputOrThrow("factor:0").expect(TFloat32.class);
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
