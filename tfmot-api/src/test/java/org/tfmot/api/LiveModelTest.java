package org.tfmot.api;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.ConcurrentModificationException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.io.FifoQueue;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TType;
import org.tfmot.api.Variable.Kind;
import org.tfmot.api.graph.TensorProtos;

class LiveModelTest {

  private static final TensorProto ONES = TensorProtos.floats(Shape.of(2), 1, 1);
  private static final float[] X = {1, 2, -3};

  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource(Kind.class)
  void assign_changesTheSessionAndNotTheModel(Kind kind) {
    GraphModel model = TestModels.dense(kind);
    try (LiveModel live = model.open(Threads.ONE)) {
      live.assign("bias", ONES);
      assertEquals(ONES, live.value("bias"));
      assertArrayEquals(
          TestModels.denseByHand(X, TestModels.KERNEL, new float[] {1, 1}),
          TestModels.run(live, Shape.of(1, 3), X),
          1e-6f);
      assertSame(model, live.model());
      assertEquals(ONES, live.snapshot().variable("bias").value());
    }
    assertArrayEquals(TestModels.BIAS, TensorProtos.toFloats(model.variable("bias").value()));
  }

  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void changesByTwoThreads_areRefusedOrWhole() throws Exception {
    int size = 200_000;
    GraphModel model =
        GraphModel.build(
            tf -> {
              Operand<TFloat32> x = TestModels.input(tf, "x", -1);
              Operand<TFloat32> v =
                  TestModels.variable(tf, Kind.RESOURCE, "v", Shape.of(size), new float[size])
                      .read();
              return Endpoints.builder().input("x", x).output("y", tf.math.add(v, x)).build();
            });
    Set<String> refusals = Collections.synchronizedSet(new TreeSet<>());
    List<Throwable> others = Collections.synchronizedList(new ArrayList<>());
    try (LiveModel live = model.open()) {
      List<Thread> threads = new ArrayList<>();
      for (float value = 1; value <= 2; value++) {
        float[] values = new float[size];
        Arrays.fill(values, value);
        TensorProto whole = TensorProtos.floats(Shape.of(size), values);
        threads.add(
            new Thread(
                () -> {
                  for (int i = 0; i < 200; i++) {
                    try {
                      live.assign("v", whole);
                      float[] now = TensorProtos.toFloats(live.value("v"));
                      assertEquals(now[0], now[size - 1]);
                    } catch (ConcurrentModificationException e) {
                      refusals.add(e.getMessage());
                    } catch (RuntimeException | AssertionError e) {
                      others.add(e);
                    }
                  }
                },
                "trainer " + (int) value));
      }
      threads.forEach(Thread::start);
      for (Thread thread : threads) {
        thread.join();
      }
      assertEquals(List.of(), others);
      assertTrue(!refusals.isEmpty(), "two threads never met");
      for (String refusal : refusals) {
        assertTrue(
            refusal.matches("the thread \"trainer [12]\" cannot (read|change) .* take turns.*"),
            refusal);
      }
    }
  }

  @Test
  void addVariable_besideAnotherChange_isRefused() throws Exception {
    try (LiveModel live = TestModels.dense(Kind.RESOURCE).open()) {
      List<Throwable> errors = Collections.synchronizedList(new ArrayList<>());
      Executable add = () -> live.addVariable("slot", ONES);
      Thread other =
          new Thread(
              () -> errors.add(assertThrows(ConcurrentModificationException.class, add)), "other");
      live.change(
          () -> {
            live.addVariable("mine", ONES);
            other.start();
            try {
              other.join();
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
            return live;
          });
      assertEquals(1, errors.size());
      assertTrue(errors.get(0).getMessage().startsWith("the thread \"other\" cannot change"));
      live.addVariable("slot", ONES);
      assertEquals(List.of("mine", "slot"), names(live.addedVariables()));
    }
  }

  @Test
  void addVariable_besideRuns_addsOrIsRefused() throws Exception {
    try (LiveModel live = TestModels.dense(Kind.RESOURCE).open()) {
      float[] expected = TestModels.denseByHand(X, TestModels.KERNEL, TestModels.BIAS);
      List<Throwable> others = Collections.synchronizedList(new ArrayList<>());
      Thread runs =
          new Thread(
              () -> {
                for (int i = 0; i < 200; i++) {
                  try {
                    assertArrayEquals(expected, TestModels.run(live, Shape.of(1, 3), X), 1e-6f);
                  } catch (ConcurrentModificationException e) {
                    // One of the two is refused.
                  } catch (RuntimeException | AssertionError e) {
                    others.add(e);
                  }
                }
              });
      runs.start();
      List<String> added = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        try {
          live.addVariable("slot" + i, ONES);
          added.add("slot" + i);
        } catch (ConcurrentModificationException e) {
          // One of the two is refused.
        }
      }
      runs.join();
      assertEquals(List.of(), others);
      assertEquals(added, names(live.addedVariables()));
      added.forEach(name -> assertEquals(ONES, live.value(name)));
    }
  }

  private static List<String> names(List<Variable> variables) {
    return variables.stream().map(Variable::name).toList();
  }

  @Test
  void runsByManyThreads_thatChangeNothing_areAllRight() throws Exception {
    try (LiveModel live = TestModels.dense(Kind.RESOURCE).open()) {
      float[] expected = TestModels.denseByHand(X, TestModels.KERNEL, TestModels.BIAS);
      List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
      List<Thread> threads = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        Thread thread =
            new Thread(
                () -> {
                  try {
                    for (int i = 0; i < 50; i++) {
                      // The first of them initialize the variables.
                      assertArrayEquals(expected, TestModels.run(live, Shape.of(1, 3), X), 1e-6f);
                    }
                  } catch (RuntimeException | AssertionError e) {
                    failures.add(e);
                  }
                });
        threads.add(thread);
        thread.start();
      }
      for (Thread thread : threads) {
        thread.join();
      }
      assertEquals(List.of(), failures);
    }
  }

  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void configurationOfTheSession_isTheOneGiven() {
    GraphModel waiting =
        GraphModel.build(
            tf -> {
              FifoQueue queue = tf.io.fifoQueue(List.of(TFloat32.class));
              Operand<?> first =
                  tf.io.queueDequeue(queue.handle(), List.of(TFloat32.class)).iterator().next();
              return Endpoints.builder().output("first", first).build();
            });
    ConfigProto impatient = ConfigProto.newBuilder().setOperationTimeoutInMs(50).build();
    try (LiveModel live = waiting.open(impatient)) {
      assertThrows(TensorFlowException.class, () -> live.run(Map.of()));
    }
  }

  @Test
  void tensorOfAnotherShapeOrType_isRefusedBeforeAKernelSeesIt() {
    try (LiveModel live = TestModels.dense(Kind.RESOURCE).open();
        TFloat32 wide = TFloat32.tensorOf(Shape.of(1, 4));
        TFloat32 flat = TFloat32.tensorOf(Shape.of(3));
        TInt64 whole = TInt64.tensorOf(Shape.of(1, 3))) {
      for (TType tensor : List.of(wide, flat, whole)) {
        for (String input : live.model().inputs().keySet()) {
          assertRefused("\"" + input + "\"", () -> live.run(Map.of(input, tensor)));
          assertRefused(tensor.shape().toString(), () -> live.run(Map.of(input, tensor)));
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void assign_reachesASessionThatIsHeld(Kind kind) {
    try (LiveModel live = TestModels.dense(kind).open()) {
      Session session = live.session();
      live.assign("bias", ONES);
      live.addVariable("slot", TensorProtos.scalar(3L));
      try (Result result = session.runner().fetch("bias_read").fetch("slot/Read").run()) {
        assertEquals(ONES, TensorProtos.of(result.get(0)));
        assertEquals(3, ((TInt64) result.get(1)).getLong());
      }
    }
  }

  @Test
  void assign_whatDoesNotFit_isRefused() {
    try (LiveModel live = TestModels.dense(Kind.RESOURCE).open()) {
      assertRefused("no variable \"offset\"", () -> live.assign("offset", ONES));
      assertRefused("cannot take DT_FLOAT []", () -> live.assign("bias", TensorProtos.scalar(1f)));
      assertRefused("no variable \"offset\"", () -> live.value("offset"));
      assertRefused("no variable \"offset\"", () -> live.read("offset"));
    }
  }

  @Test
  void addVariable_isSavedAndRestoredButNotInSnapshots() {
    GraphModel model = TestModels.dense(Kind.RESOURCE);
    Path prefix = folder.resolve("ckpt");
    try (LiveModel live = model.open()) {
      live.addVariable("step", TensorProtos.scalar(0L));
      live.addVariable("bias/Momentum", ONES);
      live.assign("step", TensorProtos.scalar(41L));
      live.assign("bias", ONES);
      assertEquals(Set.of("kernel", "bias"), live.snapshot().variables().keySet());
      live.save(prefix);
    }
    try (LiveModel live = model.open()) {
      live.addVariable("step", TensorProtos.scalar(0L));
      live.addVariable("bias/Momentum", TensorProtos.floats(Shape.of(2), 0, 0));
      live.restore(prefix);
      assertEquals(41, TensorProtos.toLong(live.value("step")));
      assertEquals(ONES, live.value("bias/Momentum"));
      assertEquals(ONES, live.value("bias"));
      assertEquals("step/Read", live.read("step").op().name());
    }
  }

  @Test
  void addVariable_nameInUse_isRefused() {
    try (LiveModel live = TestModels.dense(Kind.RESOURCE).open()) {
      live.addVariable("slot", ONES);
      for (String name : List.of("slot", "bias", "MatMul")) {
        assertRefused("\"" + name + "\"", () -> live.addVariable(name, ONES));
      }
    }
  }

  @Test
  void restore_checkpointThatDoesNotFit_changesNothing() {
    Path prefix = folder.resolve("ckpt");
    Checkpoint.write(prefix, Map.of("bias", ONES));
    try (LiveModel live = TestModels.dense(Kind.RESOURCE).open()) {
      assertRefused("\"kernel\"", () -> live.restore(prefix));
      assertRefused("no checkpoint", () -> live.restore(folder.resolve("none")));
      assertArrayEquals(TestModels.BIAS, TensorProtos.toFloats(live.value("bias")));
    }
  }

  @Test
  void trainableVariables_areInTheGraphsOrder() {
    try (LiveModel live = BatchNormModels.withFactor(Kind.RESOURCE).open()) {
      assertEquals(
          List.of("gamma", "beta"),
          live.trainableVariables().stream().map(Variable::name).toList());
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void session_ofTraining_movesTowardsLessLoss(Kind kind) {
    GraphModel model = TestModels.dense(kind);
    float[] before = TestModels.run(model, Shape.of(1, 3), X);
    float[] after = TestModels.run(TestModels.trained(model, 20, X), Shape.of(1, 3), X);
    for (int i = 0; i < 2; i++) {
      assertTrue(Math.abs(after[i]) < 0.5f * Math.abs(before[i]), after[i] + " of " + before[i]);
    }
  }

  @Test
  void run_wrongFeeds_areNamed() {
    try (LiveModel live = TestModels.dense(Kind.RESOURCE).open();
        TFloat32 x = TFloat32.tensorOf(Shape.of(1, 3))) {
      assertRefused("input \"x\"", () -> live.run(Map.of()).close());
      assertRefused("no input \"z\"", () -> live.run(Map.of("x", x, "z", x)).close());
      assertRefused("no input \"z\", only [x]", () -> live.input("z"));
      assertRefused("no output \"z\", only [y]", () -> live.output("z"));
    }
  }

  @Test
  void close_thenUse_isRefusedWithoutACrash() {
    LiveModel live = TestModels.dense(Kind.RESOURCE).open();
    Session session = live.session();
    Ops tf = live.ops();
    live.close();
    live.close();
    List<Executable> uses =
        List.of(
            live::graph,
            live::session,
            live::ops,
            () -> live.input("x"),
            () -> live.output("y"),
            () -> live.read("bias"),
            () -> live.addVariable("slot", ONES),
            () -> live.assign("bias", ONES),
            () -> live.value("bias"),
            live::snapshot,
            () -> live.save(folder.resolve("ckpt")),
            () -> live.restore(folder.resolve("ckpt")),
            () -> live.run(Map.of()),
            () -> session.runner().fetch("y").run(),
            () -> tf.constant(1f));
    for (Executable use : uses) {
      assertThrows(IllegalStateException.class, use);
    }
    assertEquals(2, live.trainableVariables().size());
  }

  private static void assertRefused(String part, Executable action) {
    var error = assertThrows(IllegalArgumentException.class, action);
    assertTrue(error.getMessage().contains(part), error.getMessage());
  }
}
