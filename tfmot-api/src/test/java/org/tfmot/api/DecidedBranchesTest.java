package org.tfmot.api;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;

/** Graphs of TensorFlow 1 with branches, beside TensorFlow itself, which runs them as they are. */
class DecidedBranchesTest {

  private static final float[] X = {-1, 0.5f, 2, 3};

  /** The nodes of a graph in the making. */
  private static final class Nodes {
    private final GraphDef.Builder graph = GraphDef.newBuilder();

    Nodes() {
      add(
          NodeBuilder.op("Placeholder", "x")
              .attr("dtype", DataType.DT_FLOAT)
              .attr("shape", Shape.of(X.length)));
    }

    String add(NodeBuilder node) {
      NodeDef built = node.build();
      graph.addNode(built);
      return built.getName();
    }

    String op(String type, String name, String... inputs) {
      return add(NodeBuilder.op(type, name).inputs(inputs).attr("T", DataType.DT_FLOAT));
    }

    String truth(String name, boolean value) {
      TensorProto.Builder proto = TensorProto.newBuilder().setDtype(DataType.DT_BOOL);
      proto.getTensorShapeBuilder();
      return constant(name, proto.addBoolVal(value).build());
    }

    String constant(String name, TensorProto value, String... order) {
      NodeDef constant = NodeBuilder.constant(name, value);
      graph.addNode(constant.toBuilder().addAllInput(List.of(order)).build());
      return name;
    }

    /** As Keras writes it: a placeholder that is false unless somebody feeds it. */
    String phase(boolean value) {
      return add(
          NodeBuilder.op("PlaceholderWithDefault", "keras_learning_phase")
              .inputs(truth("keras_learning_phase/input", value))
              .attr("dtype", DataType.DT_BOOL)
              .attr("shape", Shape.scalar()));
    }

    String bool(String type, String name, String... inputs) {
      NodeBuilder node = NodeBuilder.op(type, name).inputs(inputs);
      return add(type.startsWith("Logical") ? node : node.attr("T", DataType.DT_BOOL));
    }

    /**
     * {@code tf.cond}: {@code then} of twice the value plus one, {@code otherwise} of the negated
     * value.
     */
    String cond(String name, String value, String condition) {
      String id = bool("Identity", name + "/pred_id", condition);
      bool("Switch", name + "/Switch", id, id);
      String then = bool("Identity", name + "/switch_t", name + "/Switch:1");
      bool("Identity", name + "/switch_f", name + "/Switch");
      op("Switch", name + "/value", value, id);
      String one = constant(name + "/one", TensorProtos.scalar(1f), "^" + then);
      String twice = op("AddV2", name + "/twice", name + "/value:1", name + "/value:1");
      String chosen = op("AddV2", name + "/then", twice, one);
      String other = op("Neg", name + "/otherwise", name + "/value");
      return add(
          NodeBuilder.op("Merge", name + "/Merge")
              .inputs(other, chosen)
              .attr("T", DataType.DT_FLOAT)
              .attr("N", 2));
    }

    GraphModel model(Endpoints.Builder endpoints) {
      return GraphModel.of(graph.build(), endpoints.build(), List.of());
    }

    /** The results of TensorFlow on the graph as it was given. */
    float[] computed(String tensor) {
      try (Graph live = new Graph()) {
        live.importGraphDef(graph.build());
        try (Session session = new Session(live);
            TFloat32 x = TFloat32.vectorOf(X);
            Result result = session.runner().feed("x", x).fetch(tensor).run()) {
          return TensorProtos.toFloats(TensorProtos.of(result.get(0)));
        }
      }
    }
  }

  private static Endpoints.Builder ends(String output) {
    return Endpoints.builder().input("x", "x").output("y", output);
  }

  private static float[] run(GraphModel model) {
    try (LiveModel live = model.open();
        TFloat32 x = TFloat32.vectorOf(X);
        Result result = live.run(Map.of("x", x))) {
      return TensorProtos.toFloats(TensorProtos.of(result.get(0)));
    }
  }

  private static Set<String> types(GraphModel model) {
    return model.graphDef().getNodeList().stream().map(NodeDef::getOp).collect(Collectors.toSet());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void learningPhaseThatNobodyFeeds_isDecided(boolean phase) {
    Nodes nodes = new Nodes();
    String y = nodes.op("Relu", "y", nodes.cond("dropout/cond", "x", nodes.phase(phase)));
    GraphModel model = nodes.model(ends(y));
    assertArrayEquals(nodes.computed(y), run(model));
    assertEquals(
        phase
            ? Set.of("Placeholder", "Const", "AddV2", "Identity", "Relu")
            : Set.of("Placeholder", "Neg", "Identity", "Relu"),
        types(model));
    for (NodeDef node : model.graphDef().getNodeList()) {
      assertTrue(node.getInputList().stream().noneMatch(i -> i.startsWith("^")), node.toString());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void conditionThatIsAnInput_staysOpen(boolean phase) {
    Nodes nodes = new Nodes();
    String y = nodes.cond("cond", "x", nodes.phase(false));
    GraphModel model = nodes.model(ends(y).input("phase", "keras_learning_phase"));
    assertTrue(types(model).contains("Merge"));
    float[] expected = new float[X.length];
    for (int i = 0; i < X.length; i++) {
      expected[i] = phase ? 2 * X[i] + 1 : -X[i];
    }
    try (LiveModel live = model.open();
        TFloat32 x = TFloat32.vectorOf(X);
        TBool fed = TBool.scalarOf(phase);
        Result result = live.run(Map.of("x", x, "phase", fed))) {
      assertArrayEquals(expected, TensorProtos.toFloats(TensorProtos.of(result.get(0))));
    }
  }

  @Test
  void trainingModeThatWasSaid_keepsThePlaceholder_untilInference() {
    Nodes nodes = new Nodes();
    String y = nodes.cond("cond", "x", nodes.phase(false));
    GraphModel training = nodes.model(ends(y).training(true));
    try (LiveModel live = training.open();
        TFloat32 x = TFloat32.vectorOf(X);
        TBool on = TBool.scalarOf(true);
        Result result =
            live.session()
                .runner()
                .feed("x", x)
                .feed("keras_learning_phase", on)
                .fetch(training.outputs().get("y"))
                .run()) {
      assertEquals(3, TensorProtos.toFloats(TensorProtos.of(result.get(0)))[1] * 1.5f);
    }
    GraphModel inference = training.toInference();
    assertEquals(Set.of("Placeholder", "Neg", "Identity"), types(inference));
    assertArrayEquals(nodes.computed(y), run(inference));
  }

  @Test
  void batchNormOfTheBranchThatIsNotTaken_saysNothingAboutTheMode() {
    Nodes nodes = new Nodes();
    String phase = nodes.phase(false);
    nodes.op("Switch", "value", "x", phase);
    String shape = nodes.constant("shape", TensorProtos.ints(Shape.of(4), 1, 1, 1, 4));
    nodes.add(
        NodeBuilder.op("Reshape", "image")
            .inputs("value:1", shape)
            .attr("T", DataType.DT_FLOAT)
            .attr("Tshape", DataType.DT_INT32));
    String ones = nodes.constant("ones", TensorProtos.floats(Shape.of(4), 1, 1, 1, 1));
    String none = nodes.constant("none", TensorProtos.floats(Shape.of(0)));
    nodes.add(
        NodeBuilder.op("FusedBatchNormV3", "norm")
            .inputs("image", ones, ones, none, none)
            .attr("T", DataType.DT_FLOAT)
            .attr("U", DataType.DT_FLOAT)
            .attr("is_training", true));
    nodes.op("Neg", "otherwise", "value");
    nodes.add(
        NodeBuilder.op("Merge", "y")
            .inputs("otherwise", "norm")
            .attr("T", DataType.DT_FLOAT)
            .attr("N", 2));
    GraphModel model = nodes.model(ends("y"));
    assertFalse(model.isTraining());
    assertArrayEquals(nodes.computed("y"), run(model));
    assertArrayEquals(
        nodes.computed("y"), run(nodes.model(ends("y").training(true)).toInference()));
  }

  @Test
  void indexOfTheTakenBranch_isAConstant() {
    for (boolean phase : new boolean[] {false, true}) {
      Nodes nodes = new Nodes();
      nodes.cond("cond", "x", nodes.phase(phase));
      nodes.add(
          NodeBuilder.op("Cast", "y")
              .inputs("cond/Merge:1")
              .attr("SrcT", DataType.DT_INT32)
              .attr("DstT", DataType.DT_FLOAT));
      GraphModel model = nodes.model(ends("y"));
      assertArrayEquals(new float[] {phase ? 1 : 0}, run(model));
      assertFalse(types(model).contains("Merge"));
      assertArrayEquals(new float[] {phase ? 1 : 0}, run(nodes.model(ends("y").training(true))));
    }
  }

  @Test
  void outputInABranchThatIsNeverTaken_isRefusedByName() {
    Nodes nodes = new Nodes();
    nodes.cond("cond", "x", nodes.phase(false));
    for (String output : List.of("cond/then", "cond/value:1")) {
      IllegalArgumentException e =
          assertThrows(IllegalArgumentException.class, () -> nodes.model(ends(output)));
      assertTrue(e.getMessage().contains("\"y\" (" + output), e.getMessage());
      assertTrue(e.getMessage().contains("never has a value"), e.getMessage());
    }
  }

  @Test
  void loopInTheDeadBranch_goesWithIt() {
    Nodes nodes = new Nodes();
    String phase = nodes.phase(false);
    nodes.op("Switch", "value", "x", phase);
    nodes.add(
        NodeBuilder.op("Enter", "enter")
            .inputs("value:1")
            .attr("T", DataType.DT_FLOAT)
            .attr("frame_name", "loop"));
    nodes.add(
        NodeBuilder.op("Merge", "merge")
            .inputs("enter", "next")
            .attr("T", DataType.DT_FLOAT)
            .attr("N", 2));
    String zero = nodes.constant("zero", TensorProtos.scalar(0));
    nodes.add(
        NodeBuilder.op("GatherV2", "first")
            .inputs("merge", zero, zero)
            .attr("Tparams", DataType.DT_FLOAT)
            .attr("Tindices", DataType.DT_INT32)
            .attr("Taxis", DataType.DT_INT32));
    nodes.op("Less", "less", "first", "first");
    nodes.add(NodeBuilder.op("LoopCond", "go").inputs("less"));
    nodes.op("Switch", "switch", "merge", "go");
    nodes.op("Neg", "body", "switch:1");
    nodes.op("NextIteration", "next", "body");
    nodes.op("Exit", "exit", "switch");
    nodes.op("Neg", "otherwise", "value");
    nodes.add(
        NodeBuilder.op("Merge", "y")
            .inputs("otherwise", "exit")
            .attr("T", DataType.DT_FLOAT)
            .attr("N", 2));
    GraphModel model = nodes.model(ends("y"));
    assertEquals(Map.of(), model.loops());
    assertArrayEquals(new float[] {1, -0.5f, -2, -3}, run(model));
  }

  /** Branches in branches, side by side, with conditions that are computed: TensorFlow knows. */
  @RepeatedTest(40)
  void randomBranches_areWhatTensorFlowComputes(RepetitionInfo repetition) {
    Random random = new Random(repetition.getCurrentRepetition());
    Nodes nodes = new Nodes();
    List<String> truths = new ArrayList<>();
    truths.add(nodes.phase(random.nextBoolean()));
    truths.add(nodes.truth("constant", random.nextBoolean()));
    List<String> values = new ArrayList<>(List.of("x"));
    for (int i = 0; i < 8; i++) {
      String one = pick(truths, random);
      String two = pick(truths, random);
      switch (random.nextInt(4)) {
        case 0 -> truths.add(nodes.bool("LogicalNot", "not" + i, one));
        case 1 -> truths.add(nodes.bool("LogicalAnd", "and" + i, one, two));
        case 2 -> truths.add(nodes.bool("LogicalOr", "or" + i, one, two));
        default -> truths.add(nested(nodes, "nested" + i, one, two));
      }
      String value = nodes.cond("cond" + i, pick(values, random), pick(truths, random));
      values.add(nodes.op("AddV2", "sum" + i, value, pick(values, random)));
    }
    String y = values.get(values.size() - 1);
    GraphModel model = nodes.model(ends(y));
    assertArrayEquals(nodes.computed(y), run(model));
    assertFalse(types(model).contains("Switch"), model.toString());
    assertFalse(types(model).contains("Merge"), model.toString());
  }

  /** A condition that a branch computes: the other one, or its contrary. */
  private static String nested(Nodes nodes, String name, String value, String condition) {
    nodes.bool("Switch", name + "/Switch", value, condition);
    String then = nodes.bool("Identity", name + "/then", name + "/Switch:1");
    String otherwise = nodes.bool("LogicalNot", name + "/otherwise", name + "/Switch");
    return nodes.add(
        NodeBuilder.op("Merge", name + "/Merge")
            .inputs(otherwise, then)
            .attr("T", DataType.DT_BOOL)
            .attr("N", 2));
  }

  private static String pick(List<String> of, Random random) {
    return of.get(random.nextInt(of.size()));
  }
}
