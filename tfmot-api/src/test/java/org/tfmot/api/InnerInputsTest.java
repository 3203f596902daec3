package org.tfmot.api;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.Signature;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;
import org.tfmot.api.Variable.Kind;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;

/** Inputs that are inner tensors of the graph that a model is made of. */
class InnerInputsTest {

  private static final float[] X = {1, 2, -3};
  private static final float[] Y = TestModels.denseByHand(X, TestModels.KERNEL, TestModels.BIAS);

  @TempDir private Path folder;

  /**
   * Text becomes numbers, which a variable scales: {@code x}; then the product of {@code dense}.
   */
  private static Endpoints parsed(Ops tf, Kind kind) {
    Placeholder<TString> raw =
        tf.withName("raw").placeholder(TString.class, Placeholder.shape(Shape.of(-1, 3)));
    Operand<TFloat32> scale = TestModels.variable(tf, kind, "scale", Shape.scalar(), 2f).read();
    Operand<TFloat32> x =
        tf.withName("x").math.mul(tf.strings.toNumber(raw, TFloat32.class), scale);
    Operand<TFloat32> kernel =
        TestModels.variable(tf, kind, "kernel", Shape.of(3, 2), TestModels.KERNEL).read();
    Operand<TFloat32> bias =
        TestModels.variable(tf, kind, "bias", Shape.of(2), TestModels.BIAS).read();
    return Endpoints.builder()
        .input("x", x)
        .output("y", tf.withName("y").math.add(tf.linalg.matMul(x, kernel), bias))
        .build();
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void whatStandsBefore_isNotPartOfTheModel(Kind kind) {
    GraphModel model = GraphModel.build(tf -> parsed(tf, kind));
    assertEquals(Map.of("x", "x:0"), model.inputs());
    assertEquals(List.of("kernel", "bias"), List.copyOf(model.variables().keySet()));
    var x = model.graphDef().getNodeList().stream().filter(n -> n.getName().equals("x")).toList();
    assertEquals("Placeholder", x.get(0).getOp());
    assertEquals(
        TensorProtos.shapeProto(Shape.of(-1, 3)), x.get(0).getAttrOrThrow("shape").getShape());
    assertFalse(TestModels.ops(model).contains("StringToNumber"));
    assertArrayEquals(Y, TestModels.run(model, Shape.of(1, 3), X));
    assertArrayEquals(Y, TestModels.run(model.freeze(), Shape.of(1, 3), X));
    assertEquals(
        Map.of("x", "x:0"),
        GraphModel.of(model.graphDef(), model.endpoints(), model.variables().values()).inputs());
  }

  @Test
  void savedModelByOthersWithSuchAnInput_isLoadedAndSaved() throws IOException {
    Path foreign = folder.resolve("foreign");
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Endpoints ends = parsed(Ops.create(graph), Kind.REFERENCE);
      session.initialize();
      SavedModelBundle.exporter(foreign.toString())
          .withSession(session)
          .withSignature(
              Signature.builder(Signature.DEFAULT_KEY)
                  .input("x", graph.outputOrThrow(ends.inputs().get("x")))
                  .output("y", graph.outputOrThrow(ends.outputs().get("y")))
                  .build())
          .export();
    }
    GraphModel loaded = GraphModel.load(foreign);
    assertEquals(List.of("kernel", "bias"), List.copyOf(loaded.variables().keySet()));
    loaded.save(folder.resolve("own"));
    GraphModel again = GraphModel.load(folder.resolve("own"));
    assertEquals(loaded.inputs(), again.inputs());
    assertArrayEquals(Y, TestModels.run(again, Shape.of(1, 3), X));
  }

  @Test
  void outputsOfOneNode_areInputsEachForItself() {
    GraphModel model =
        GraphModel.build(
            tf -> {
              Placeholder<TFloat32> both = TestModels.input(tf, "both", 3, 2);
              List<Operand<TFloat32>> rows = rows(tf, both);
              Operand<TFloat32> sum =
                  tf.withName("y")
                      .math
                      .add(tf.math.mul(rows.get(1), tf.constant(10f)), rows.get(2));
              return Endpoints.builder()
                  .input("b", rows.get(1))
                  .input("c", rows.get(2))
                  .output("y", sum)
                  .output("same", rows.get(2))
                  .build();
            });
    assertEquals(Map.of("b", "rows_output_1:0", "c", "rows_output_2:0"), model.inputs());
    assertEquals("rows_output_2:0", model.outputs().get("same"));
    assertFalse(TestModels.ops(model).contains("Unpack"));
    try (LiveModel live = model.open();
        TFloat32 b = vector(1, 2);
        TFloat32 c = vector(3, 4);
        Result result = live.runner(Map.of("b", b, "c", c)).fetch("y").run()) {
      assertArrayEquals(
          new float[] {13, 24}, TensorProtos.toFloats(TensorProtos.of(result.get(0))));
    }
  }

  @Test
  void anotherOutputOfTheNode_thatTheModelNeeds_keepsIt() {
    GraphModel model =
        GraphModel.build(
            tf -> {
              Placeholder<TFloat32> both = TestModels.input(tf, "both", 3, 2);
              List<Operand<TFloat32>> rows = rows(tf, both);
              return Endpoints.builder()
                  .input("both", both)
                  .input("b", rows.get(1))
                  .output("y", tf.withName("y").math.sub(rows.get(1), rows.get(0)))
                  .build();
            });
    try (LiveModel live = model.open();
        TFloat32 both = TFloat32.tensorOf(Shape.of(3, 2), DataBuffers.of(1f, 2f, 0f, 0f, 0f, 0f));
        TFloat32 b = vector(5, 5);
        Result result = live.run(Map.of("both", both, "b", b))) {
      assertArrayEquals(new float[] {4, 3}, TensorProtos.toFloats(TensorProtos.of(result.get(0))));
    }
  }

  @Test
  void lookupTableBeforeAnInput_isNoneOfTheModel() {
    GraphDef graph =
        GraphDef.newBuilder()
            .addNode(
                NodeBuilder.op("HashTableV2", "table")
                    .attr("key_dtype", DataType.DT_STRING)
                    .attr("value_dtype", DataType.DT_INT64)
                    .build())
            .addNode(NodeBuilder.op("LookupTableSizeV2", "size").inputs("table").build())
            .addNode(
                NodeBuilder.op("Neg", "y")
                    .inputs("size", "^table")
                    .attr("T", DataType.DT_INT64)
                    .build())
            .build();
    Endpoints.Builder ends = Endpoints.builder().output("y", "y");
    assertThrows(
        IllegalArgumentException.class, () -> GraphModel.of(graph, ends.build(), List.of()));
    // A control dependency on it is another thing than its value.
    GraphDef free =
        graph.toBuilder()
            .setNode(2, graph.getNode(2).toBuilder().clearInput().addInput("size"))
            .build();
    GraphModel model = GraphModel.of(free, ends.input("n", "size").build(), List.of());
    assertEquals(List.of("Placeholder", "Neg"), TestModels.ops(model));
  }

  @Test
  void inputWhoseTypeCannotBeInferred_isNamed() {
    GraphDef graph =
        GraphDef.newBuilder()
            .addNode(NodeBuilder.op("NoSuchOperation", "inner").build())
            .addNode(
                NodeBuilder.op("Relu", "y").inputs("inner").attr("T", DataType.DT_FLOAT).build())
            .build();
    Endpoints ends = Endpoints.builder().input("x", "inner").output("y", "y").build();
    var error =
        assertThrows(IllegalArgumentException.class, () -> GraphModel.of(graph, ends, List.of()));
    assertTrue(error.getMessage().contains("inner"), error.getMessage());
    assertTrue(error.getMessage().contains("NoSuchOperation"), error.getMessage());
  }

  private static List<Operand<TFloat32>> rows(Ops tf, Operand<TFloat32> matrix) {
    List<Operand<TFloat32>> rows = new ArrayList<>();
    tf.withName("rows").unstack(matrix, 3L).forEach(rows::add);
    return rows;
  }

  private static TFloat32 vector(float... values) {
    return TFloat32.tensorOf(Shape.of(values.length), DataBuffers.of(values));
  }
}
