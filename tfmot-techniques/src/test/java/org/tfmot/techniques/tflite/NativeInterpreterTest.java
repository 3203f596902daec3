package org.tfmot.techniques.tflite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.Serial;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.techniques.tflite.runtime.OpenResources;
import org.tfmot.techniques.tflite.runtime.RuntimeLibrary;

/** What an interpreter opens is closed, however opening it ends. */
@EnabledOnOs(OS.LINUX)
class NativeInterpreterTest {

  private static final int PARTS = 5;

  private final List<OpenResources> attempts = new ArrayList<>();

  @BeforeAll
  static void load() {
    RuntimeLibrary.load();
  }

  @Test
  void openedAndClosed_leavesNothingOpen() {
    NativeInterpreter runtime = open(1, Map.of());
    assertEquals(List.of(PARTS), open());
    runtime.close();
    assertEquals(List.of(0), open());
    runtime.close();
  }

  @Test
  void runThatIsNotWorthThreads_leavesOneInterpreterOfTwo() {
    NativeInterpreter runtime = open(2, Map.of());
    assertEquals(List.of(0, PARTS), open());
    runtime.close();
    assertEquals(List.of(0, 0), open());
  }

  /** Only building looks through all of the shapes; each time it fails somewhere else. */
  @Test
  void errorWhileBuilding_closesWhatWasOpened() {
    for (int i = 1; i <= 2; i++) {
      attempts.clear();
      Map<Integer, int[]> inputs = new FailingShapes(i);
      assertThrows(StackOverflowError.class, () -> open(2, inputs));
      assertEquals(IntStream.range(0, i).mapToObj(closed -> 0).toList(), open());
    }
  }

  @Test
  void refusalOfTheRuntime_closesBothAttempts() {
    assertThrows(IllegalArgumentException.class, () -> open(1, Map.of(99, new int[] {1, 3})));
    assertEquals(List.of(0, 0), open());
  }

  /** The decision about threads comes after the interpreter is built. */
  @Test
  void errorBehindBuilding_closesWhatWasOpened() {
    AtomicInteger made = new AtomicInteger();
    assertThrows(
        OutOfMemoryError.class,
        () ->
            NativeInterpreter.open(
                model(),
                2,
                Map.of(),
                () -> {
                  if (made.getAndIncrement() > 0) {
                    throw new OutOfMemoryError("no room for a second one");
                  }
                  OpenResources resources = new OpenResources();
                  attempts.add(resources);
                  return resources;
                }));
    assertEquals(2, made.get());
    assertEquals(List.of(0), open());
  }

  @Test
  void resources_areClosedInReverse_once() {
    List<String> closed = new ArrayList<>();
    OpenResources resources = new OpenResources();
    resources.atClose(() -> closed.add("first"));
    resources.atClose(() -> closed.add("second"));
    resources.close();
    resources.close();
    assertEquals(List.of("second", "first"), closed);
    assertTrue(resources.count() == 0);
  }

  private NativeInterpreter open(int threads, Map<Integer, int[]> inputs) {
    return NativeInterpreter.open(
        model(),
        threads,
        inputs,
        () -> {
          OpenResources resources = new OpenResources();
          attempts.add(resources);
          return resources;
        });
  }

  private List<Integer> open() {
    return attempts.stream().map(OpenResources::count).toList();
  }

  private static TfLiteModel model() {
    GraphModel model =
        GraphModel.build(
            tf -> {
              Operand<TFloat32> x =
                  tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(1, 3)));
              return Endpoints.builder()
                  .input("x", x)
                  .output("y", tf.math.add(x, tf.constant(new float[] {1, 2, 3})))
                  .inference()
                  .build();
            });
    return TfLiteConverter.of(model).convert();
  }

  /** No shapes, of which an interpreter cannot be told: it fails at one of its attempts. */
  private static final class FailingShapes extends HashMap<Integer, int[]> {
    @Serial private static final long serialVersionUID = 1;

    private int left;

    FailingShapes(int attempt) {
      left = attempt;
    }

    @Override
    public void forEach(BiConsumer<? super Integer, ? super int[]> action) {
      if (--left == 0) {
        throw new StackOverflowError();
      }
    }
  }
}
