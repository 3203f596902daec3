package org.tfmot.api;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tfmot.api.RewrittenModel.assertRefused;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.ConcreteFunction;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.SessionFunction;
import org.tensorflow.Signature;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedVariable;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Variable.Kind;
import org.tfmot.api.graph.TensorProtos;

/** SavedModels that others wrote, and damaged ones. */
class LoadedModelsTest {
  @TempDir private Path folder;

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
    try (ConcreteFunction square = ConcreteFunction.create(LoadedModelsTest::square);
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

  private void rewrite(Consumer<MetaGraphDef.Builder> change) throws IOException {
    rewrite(TestModels.dense(Kind.RESOURCE), change);
  }

  private void rewrite(GraphModel model, Consumer<MetaGraphDef.Builder> change) throws IOException {
    RewrittenModel.save(folder.resolve("saved"), model, change);
  }

  private static Signature scaling(Ops tf, String key, float initial) {
    Placeholder<TFloat32> x = TestModels.input(tf, "x", -1);
    var factor = tf.withName("factor").variable(tf.constant(initial));
    return Signature.builder(key).input("in", x).output("out", tf.math.mul(x, factor)).build();
  }

  private static Operand<TFloat32> variable(Graph graph) {
    return graph.outputOrThrow("factor:0").expect(TFloat32.class);
  }

  private static Signature square(Ops tf) {
    Placeholder<TFloat32> x = TestModels.input(tf, "x", -1);
    return Signature.builder("square").input("x", x).output("y", tf.math.square(x)).build();
  }
}
