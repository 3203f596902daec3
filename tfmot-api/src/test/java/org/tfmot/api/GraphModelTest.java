package org.tfmot.api;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Variable.Kind;
import org.tfmot.api.graph.TensorProtos;

class GraphModelTest {
  private static final float[] X = {1, 2, -3};
  private static final float[] Y = TestModels.denseByHand(X, TestModels.KERNEL, TestModels.BIAS);
  private static final Shape ROW = Shape.of(1, 3);

  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource(Kind.class)
  void build_takesTheInitialValues(Kind kind) {
    GraphModel model = TestModels.dense(kind);
    assertArrayEquals(Y, TestModels.run(model, ROW, X), 1e-6f);
    assertEquals(Map.of("x", "x:0"), model.inputs());
    assertEquals(Map.of("y", "y:0"), model.outputs());
    assertEquals(List.of("kernel", "bias"), List.copyOf(model.variables().keySet()));
    Variable kernel = model.variable("kernel");
    assertEquals(kind, kernel.kind());
    assertTrue(kernel.trainable());
    assertEquals(Shape.of(3, 2), kernel.shape());
    assertEquals(DataType.DT_FLOAT, kernel.dtype());
    assertArrayEquals(TestModels.KERNEL, TensorProtos.toFloats(kernel.value()));
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void build_whatNoEndpointNeeds_isLeftOut(Kind kind) {
    GraphModel model =
        GraphModel.build(
            tf -> {
              Operand<TFloat32> x = TestModels.input(tf, "x", 2);
              var unused = TestModels.variable(tf, kind, "unused", Shape.of(2), 1, 2);
              tf.withName("unused_sum").math.add(x, unused.read());
              return Endpoints.builder().input("x", x).output("y", tf.math.neg(x)).build();
            });
    assertEquals(List.of("Placeholder", "Neg"), TestModels.ops(model));
    assertEquals(Map.of(), model.variables());
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void build_variableWithoutInitializer_isNamed(Kind kind) {
    assertRefused(
        "variable \"w\" cannot be read: is it initialized?",
        () ->
            GraphModel.build(
                tf -> {
                  var fine = TestModels.variable(tf, kind, "fine", Shape.of(2), 1, 2);
                  Operand<TFloat32> w = uninitialized(tf, kind);
                  return Endpoints.builder().output("y", tf.math.add(w, fine.read())).build();
                }));
  }

  private static Operand<TFloat32> uninitialized(Ops tf, Kind kind) {
    return kind == Kind.REFERENCE
        ? tf.withName("w").variable(Shape.of(2), TFloat32.class)
        : tf.readVariableOp(
            tf.withName("w").varHandleOp(TFloat32.class, Shape.of(2)), TFloat32.class);
  }

  @Test
  void build_variablesThatUpdatesWrite_areNotTrainable() {
    GraphModel model = BatchNormModels.withFactor(Kind.RESOURCE);
    assertTrue(model.variable("gamma").trainable());
    assertFalse(model.variable("moving_mean").trainable());
    assertFalse(model.variable("moving_variance").trainable());
    // Batch norm alone tells it too: no updates are left here, and averages are still averages.
    assertFalse(averages(model.toInference()).trainable());
  }

  private static Variable averages(GraphModel inference) {
    try (LiveModel live = inference.open()) {
      return GraphModel.of(live.graph(), live.session(), inference.endpoints())
          .variable("moving_mean");
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void of_liveSession_takesTheValuesOfNow(Kind kind) {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      var w = TestModels.variable(tf, kind, "w", Shape.of(2), 1, 2);
      Endpoints endpoints = Endpoints.builder().output("y", tf.math.neg(w.read())).build();
      session.initialize();
      session.run(w.assign(tf, tf.constant(new float[] {5, 6})));
      GraphModel model = GraphModel.of(graph, session, endpoints);
      assertArrayEquals(new float[] {5, 6}, TensorProtos.toFloats(model.variable("w").value()));
    }
  }

  @Test
  void of_variableThatIsOnlyWritten_hasItsValueToo() {
    GraphModel model =
        GraphModel.build(
            tf -> {
              var count = tf.withName("count").varHandleOp(TFloat32.class, Shape.of(1));
              tf.withInitScope()
                  .assignVariableOp(count, tf.withInitScope().constant(new float[] {4}));
              return Endpoints.builder()
                  .output("y", tf.constant(1f))
                  .update(tf.assignAddVariableOp(count, tf.constant(new float[] {1})))
                  .build();
            });
    assertArrayEquals(new float[] {4}, TensorProtos.toFloats(model.variable("count").value()));
    assertFalse(TestModels.ops(model).contains("ReadVariableOp"));
    try (LiveModel live = model.open()) {
      live.session().run(model.updates().get(0));
      assertArrayEquals(new float[] {5}, TensorProtos.toFloats(live.value("count")));
    }
  }

  @Test
  void of_parts_ordersVariablesLikeTheGraph() {
    GraphModel model = TestModels.dense(Kind.RESOURCE);
    List<Variable> reversed = new ArrayList<>(model.variables().values());
    Collections.reverse(reversed);
    GraphModel again = GraphModel.of(model.graphDef(), model.endpoints(), reversed);
    assertEquals(List.of("kernel", "bias"), List.copyOf(again.variables().keySet()));
    assertEquals(model.graphDef(), again.graphDef());
  }

  @Test
  void of_parts_thatDoNotFit_areNamed() {
    GraphModel model = TestModels.dense(Kind.RESOURCE);
    Variable bias = model.variable("bias");
    Variable kernel = model.variable("kernel");
    assertRefused("variable \"bias\" has no value", () -> withParts(model, kernel));
    assertRefused(
        "\"bias\" is a RESOURCE DT_FLOAT [2] in the graph, not a REFERENCE DT_FLOAT [2]",
        () -> withParts(model, kernel, new Variable("bias", Kind.REFERENCE, true, bias.value())));
    assertRefused(
        "not a RESOURCE DT_FLOAT [3]",
        () ->
            withParts(
                model,
                kernel,
                new Variable("bias", bias.kind(), true, TensorProtos.floats(Shape.of(3), X))));
    assertRefused(
        "not a RESOURCE DT_INT32 [2]",
        () ->
            withParts(
                model,
                kernel,
                new Variable("bias", bias.kind(), true, TensorProtos.ints(Shape.of(2), 1, 2))));
  }

  private static void withParts(GraphModel model, Variable... variables) {
    GraphModel.of(model.graphDef(), model.endpoints(), List.of(variables));
  }

  @Test
  void withValues_changesACopy() {
    GraphModel model = TestModels.dense(Kind.RESOURCE);
    GraphModel zero = model.withValues(Map.of("bias", TensorProtos.floats(Shape.of(2), 0, 0)));
    assertArrayEquals(
        TestModels.denseByHand(X, TestModels.KERNEL, new float[2]),
        TestModels.run(zero, ROW, X),
        1e-6f);
    assertArrayEquals(Y, TestModels.run(model, ROW, X), 1e-6f);
    assertRefused(
        "no variable \"offset\"",
        () -> model.withValues(Map.of("offset", TensorProtos.scalar(1f))));
    assertRefused(
        "\"bias\" holds DT_FLOAT [2] and cannot take DT_FLOAT []",
        () -> model.withValues(Map.of("bias", TensorProtos.scalar(1f))));
    assertRefused(
        "cannot take DT_INT32",
        () -> model.withValues(Map.of("bias", TensorProtos.ints(Shape.of(2), 1, 2))));
    assertThrows(UnsupportedOperationException.class, () -> model.variables().remove("bias"));
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void restore_givesTheSavedValues(Kind kind) {
    GraphModel trained = TestModels.trained(TestModels.dense(kind), 3, X);
    trained.saveCheckpoint(folder.resolve("ckpt"));
    GraphModel restored = TestModels.dense(kind).restore(folder.resolve("ckpt"));
    assertEquals(trained.variables(), restored.variables());
  }

  @Test
  void restore_whatDoesNotFit_isNamed() {
    GraphModel model = TestModels.dense(Kind.RESOURCE);
    Path prefix = folder.resolve("ckpt");
    assertRefused("no checkpoint " + prefix, () -> model.restore(prefix));
    Checkpoint.write(prefix, Map.of("kernel", model.variable("kernel").value()));
    assertRefused("\"bias\"", () -> model.restore(prefix));
    Checkpoint.write(
        prefix,
        Map.of(
            "kernel", model.variable("kernel").value(),
            "bias", TensorProtos.floats(Shape.of(3), X)));
    assertRefused(
        "\"bias\" holds DT_FLOAT [2] and cannot take DT_FLOAT [3]", () -> model.restore(prefix));
    Checkpoint.write(
        prefix,
        Map.of(
            "kernel", model.variable("kernel").value(),
            "bias", TensorProtos.ints(Shape.of(2), 1, 2)));
    assertRefused("\"bias\" of type DT_FLOAT", () -> model.restore(prefix));
  }

  private static void assertRefused(String part, Executable action) {
    var error = assertThrows(IllegalArgumentException.class, action);
    assertTrue(error.getMessage().contains(part), error.getMessage());
  }

  @Test
  void resourceVariablesWithoutSharedNames_areRefused() {
    assertRefused(
        "VarHandleOp.sharedName(\"two\")",
        () ->
            GraphModel.build(
                tf -> {
                  Operand<TFloat32> one = variable(tf, "one", 1);
                  Operand<TFloat32> two = variable(tf, "two", 2);
                  return Endpoints.builder()
                      .output("sum", tf.withName("sum").math.add(one, two))
                      .build();
                }));
  }

  @Test
  void partsWhoseVariablesHaveNoSharedNames_areRefused() {
    GraphModel dense = TestModels.dense(Kind.RESOURCE);
    GraphDef.Builder graph = GraphDef.newBuilder();
    for (NodeDef node : dense.graphDef().getNodeList()) {
      graph.addNode(node.toBuilder().removeAttr("shared_name"));
    }
    assertRefused(
        "have no shared name",
        () -> GraphModel.of(graph.build(), dense.endpoints(), dense.variables().values()));
  }

  @Test
  void lookupTable_isRefused_forItsWordsWouldBeLost() {
    assertRefused(
        "\"words\" (MutableHashTableV2) is a lookup table",
        () ->
            GraphModel.build(
                tf -> {
                  var x = TestModels.input(tf, "x", -1);
                  var table = tf.withName("words").mutableHashTable(TFloat32.class, TFloat32.class);
                  return Endpoints.builder()
                      .input("x", x)
                      .output(
                          "y",
                          tf.lookupTableFind(table.tableHandle(), x, tf.constant(-1f)).values())
                      .build();
                }));
  }

  private static Operand<TFloat32> variable(Ops tf, String name, float value) {
    VarHandleOp handle = tf.withName(name).varHandleOp(TFloat32.class, Shape.of(2));
    Ops init = tf.withInitScope();
    init.assignVariableOp(handle, init.constant(new float[] {value, value}));
    return tf.readVariableOp(handle, TFloat32.class);
  }

  @Test
  void text_tellsEndpointsVariablesAndOperations() {
    String text = TestModels.dense(Variable.Kind.RESOURCE).toString();
    for (String word :
        List.of("inputs {", "outputs {", "inference mode", "2 variables of", "1 MatMul")) {
      assertTrue(text.contains(word), text);
    }
  }

  @Test
  void nullArguments_areNamed() {
    GraphModel model = TestModels.dense(Variable.Kind.RESOURCE);
    Map<String, Executable> calls = new HashMap<>();
    calls.put("graphDef", () -> GraphModel.of(null, model.endpoints(), List.of()));
    calls.put("endpoints", () -> GraphModel.of(model.graphDef(), null, List.of()));
    calls.put("directory", () -> GraphModel.load(null));
    calls.put("values", () -> model.withValues(null));
    calls.put("shape", () -> model.withInputShape("x", null));
    calls.put("prefix", () -> model.saveCheckpoint(null));
    calls.put("threads", () -> model.open((Threads) null));
    calls.put("tensor", () -> Endpoints.builder().output("y", (String) null));
    calls.put("regularExpression", () -> LayerSelector.matching(null));
    try (LiveModel live = model.open()) {
      calls.put("feeds", () -> live.run(null));
      calls.forEach(
          (name, call) -> {
            Exception e = assertThrows(NullPointerException.class, call, name);
            assertEquals("the argument \"" + name + "\" is null", e.getMessage());
          });
    }
  }
}
