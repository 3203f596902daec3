package org.tfmot.techniques.tflite;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.tensorflow.ndarray.Shape;

/** Files that no converter writes are refused with what is wrong, and never reach native code. */
class KernelRulesTest {

  private final FileBuilder file = new FileBuilder();

  private static void refused(FileBuilder file, String... words) {
    Exception e =
        assertThrows(
            IllegalArgumentException.class, () -> TfLiteInterpreter.open(file.model()).close());
    for (String word : words) {
      assertTrue(e.getMessage().contains(word), e.getMessage());
    }
  }

  private int floats(int... shape) {
    return file.tensor(TensorType.FLOAT32, shape);
  }

  private static Consumer<FlatWriter.Table> pool(int stride, int width, int height) {
    return options ->
        options.set(0, (byte) 1).set(1, stride).set(2, stride).set(3, width).set(4, height);
  }

  private FileBuilder pooled(int stride, int width, int height) {
    int image = floats(1, 8, 8, 3);
    int result = floats(1, 4, 4, 3);
    return file.operator(
            "MAX_POOL_2D", "Pool2D", pool(stride, width, height), new int[] {image}, result)
        .inputs(image)
        .outputs(result);
  }

  @Test
  void poolLargerThanTheImage_isRefused() {
    refused(pooled(2, 2, 10), "MAX_POOL_2D \"t1\" (operator 0)", "window (filter 10", "image");
  }

  @Test
  void strideOfZero_isRefused() {
    refused(pooled(0, 2, 2), "stride_w is 0");
  }

  @Test
  void optionsOfAnotherOperator_areNone() {
    int image = floats(1, 8, 8, 3);
    int result = floats(1, 4, 4, 3);
    file.operator("MAX_POOL_2D", "Conv2D", pool(2, 2, 2), new int[] {image}, result);
    refused(file.inputs(image).outputs(result), "MAX_POOL_2D", "stride_w is 0");
  }

  @Test
  void integersWithoutScale_areRefused() {
    int a = file.tensor(TensorType.INT8, 1f, 0, 1, 4);
    int b = file.tensor(TensorType.INT8, 1, 4);
    int sum = file.tensor(TensorType.INT8, 1f, 0, 1, 4);
    file.operator("ADD", new int[] {a, b}, sum).inputs(a, b).outputs(sum);
    refused(file, "ADD \"t2\"", "int8 without scale", "q8 q8 > q8");
  }

  @Test
  void scaleThatIsNone_isRefusedWhenRead() {
    for (float scale : new float[] {0, -1, Float.NaN, Float.POSITIVE_INFINITY, 1e-40f}) {
      FileBuilder bad = new FileBuilder();
      int x = bad.tensor(TensorType.INT8, scale, 0, 1, 4);
      bad.inputs(x).outputs(x);
      String message = assertThrows(IllegalArgumentException.class, bad::model).getMessage();
      assertTrue(message.contains("tensor \"t0\" has the scale " + scale), message);
    }
  }

  @Test
  void zeroPointOutOfRange_isRefusedWhenRead() {
    int x = file.tensor(TensorType.INT8, 1f, 128, 1, 4);
    file.inputs(x).outputs(x);
    assertTrue(
        assertThrows(IllegalArgumentException.class, file::model)
            .getMessage()
            .contains("the zero point 128"));
  }

  @Test
  void absentOperand_isRefusedWhereTheKernelReadsIt() {
    int x = floats(1, 8);
    int y = floats(1);
    file.operator("MEAN", "Reducer", options -> {}, new int[] {x, -1}, y).inputs(x).outputs(y);
    refused(file, "MEAN \"t1\"", "(float32, none)");
  }

  @Test
  void missingOperand_isRefused() {
    int x = floats(1, 8);
    int y = floats(1, 8);
    file.operator("ADD", new int[] {x}, y).inputs(x).outputs(y);
    refused(file, "ADD", "from (float32) to (float32)");
  }

  @Test
  void axisOutOfRange_isRefused() {
    int x = floats(1, 8);
    int y = floats(1, 8);
    file.operator("MEAN", "Reducer", o -> o.set(0, (byte) 1), new int[] {x, file.ints(2)}, y);
    refused(file.inputs(x).outputs(y), "axis 2 of a tensor of 2 dimensions");
  }

  @Test
  void orderThatIsNoPermutation_isRefused() {
    int x = floats(2, 3, 4);
    int y = floats(2, 2, 3);
    file.operator("TRANSPOSE", new int[] {x, file.ints(0, 0, 1)}, y).inputs(x).outputs(y);
    refused(file, "[0, 0, 1] is no permutation of 3 dimensions");
  }

  @Test
  void sliceBeyondTheTensor_isRefused() {
    int x = floats(2, 3);
    int y = floats(2, 2);
    file.operator("SLICE", new int[] {x, file.ints(0, 2), file.ints(2, 2)}, y);
    refused(file.inputs(x).outputs(y), "[2, 2] elements from [0, 2] of [2, 3]");
  }

  @Test
  void sliceIntoADeclaredResultOfAnotherShape_isRefused() {
    int x = floats(2, 3);
    int y = floats(1, 1);
    file.operator("SLICE", new int[] {x, file.ints(0, 0), file.ints(2, 2)}, y);
    refused(file.inputs(x).outputs(y), "the result is [2, 2] and the file declares [1, 1]");
  }

  @Test
  void constantIndexOutOfTheTable_isRefused() {
    int table = floats(3, 2);
    int y = floats(2, 2);
    file.operator("GATHER", "Gather", options -> {}, new int[] {table, file.ints(0, 3)}, y);
    refused(file.inputs(table).outputs(y), "the indices [0, 3] of 3");
  }

  @Test
  void negativePadding_isRefused() {
    int x = floats(2);
    int y = floats(2);
    int pads = file.tensor(TensorType.INT32, 1, 2);
    file.constant(pads, new byte[] {-1, -1, -1, -1, 0, 0, 0, 0});
    file.operator("PAD", new int[] {x, pads}, y).inputs(x).outputs(y);
    refused(file, "pads [2] by [-1, 0]");
  }

  @Test
  void integerDivisionByZero_isRefused() {
    int x = file.tensor(TensorType.INT32, 2);
    int y = file.tensor(TensorType.INT32, 2);
    file.operator("DIV", "Div", options -> {}, new int[] {x, file.ints(1, 0)}, y);
    refused(file.inputs(x).outputs(y), "divides integers by [1, 0]");
  }

  @Test
  void weightsOfAnotherDepth_areRefused() {
    int x = floats(1, 6);
    int weights = file.constant(floats(2, 4), new byte[32]);
    int y = floats(1, 2);
    file.operator("FULLY_CONNECTED", "FullyConnected", o -> {}, new int[] {x, weights, -1}, y);
    refused(file.inputs(x).outputs(y), "an input of the shape [1, 6] and weights of [2, 4]");
  }

  @Test
  void scalesAlongAnotherDimension_areRefused() {
    int x = file.tensor(TensorType.INT8, 1f, 0, 1, 3);
    int weights = file.constant(file.tensor(TensorType.INT8, 2, 3), new byte[6]);
    file.quantize(weights, new float[] {1, 1, 1}, new long[3], 1);
    int y = file.tensor(TensorType.INT8, 1f, 0, 1, 2);
    file.operator("FULLY_CONNECTED", "FullyConnected", o -> {}, new int[] {x, weights}, y);
    refused(file.inputs(x).outputs(y), "along dimension 1 instead of 0");
  }

  @Test
  void resultThatIsAConstant_isRefusedWhenRead() {
    int x = floats(1);
    int y = file.constant(floats(1), new byte[4]);
    file.operator("ABS", new int[] {x}, y).inputs(x).outputs(y);
    assertTrue(
        assertThrows(IllegalArgumentException.class, file::model)
            .getMessage()
            .contains("ABS writes t1"));
  }

  @Test
  void operatorWithoutARule_isRefused() {
    int x = floats(1, 8);
    int y = floats(1, 8);
    file.operator("HASHTABLE_SIZE", new int[] {x}, y).inputs(x).outputs(y);
    refused(file, "HASHTABLE_SIZE", "cannot be run safely");
  }

  @Test
  void otherSizeOfAnInput_isCheckedAgain_andLeavesTheInterpreterUsable() {
    int image = file.tensor(TensorType.FLOAT32, 1, 8, 8, 1);
    file.signature(image, -1, -1, -1, 1);
    int result = floats(1, 4, 4, 1);
    file.signature(result, -1, -1, -1, 1);
    file.operator("MAX_POOL_2D", "Pool2D", pool(1, 5, 5), new int[] {image}, result);
    try (TfLiteInterpreter interpreter =
        TfLiteInterpreter.open(file.inputs(image).outputs(result).model())) {
      String message =
          assertThrows(
                  IllegalArgumentException.class,
                  () -> interpreter.resizeInput("t0", Shape.of(4, 8, 1)))
              .getMessage();
      assertTrue(message.contains("the window (filter 5, dilation 1) is larger"), message);
      assertEquals(16, interpreter.run(new float[64], 1).length);
      interpreter.resizeInput("t0", Shape.of(6, 5, 1));
      assertEquals(2, interpreter.run(new float[30], 1).length);
    }
  }

  @Test
  void shapesThatAreComputedFromShapes_areKnown() {
    // As a flattening that keeps the batch: shape -> slice -> pack -> reshape.
    int x = floats(2, 3, 4);
    int shape = file.tensor(TensorType.INT32, 3);
    int batch = file.tensor(TensorType.INT32);
    int sizes = file.tensor(TensorType.INT32, 2);
    int y = floats(2, 12);
    file.operator("SHAPE", "Shape", o -> o.set(0, (byte) 2), new int[] {x}, shape);
    file.operator(
        "STRIDED_SLICE",
        "StridedSlice",
        options -> options.set(4, 1),
        new int[] {shape, file.ints(0), file.ints(1), file.ints(1)},
        batch);
    int rest = file.constant(file.tensor(TensorType.INT32), new byte[] {12, 0, 0, 0});
    file.operator("PACK", "Pack", o -> o.set(0, 2).set(1, 0), new int[] {batch, rest}, sizes);
    file.operator("RESHAPE", "Reshape", options -> {}, new int[] {x, sizes}, y);
    TfLiteModel model = file.inputs(x).outputs(y).model();
    assertArrayEquals(new int[] {2, 12}, FileMutations.outputShapes(model).get(0));
    KernelRules.check(model, Map.of(x, new int[] {5, 3, 4}));
    Exception e =
        assertThrows(
            IllegalArgumentException.class,
            () -> KernelRules.check(model, Map.of(x, new int[] {2, 3, 5})));
    assertTrue(e.getMessage().contains("[2, 3, 5] does not become [2, 12]"), e.getMessage());
  }

  private int slice(int newAxes, int ellipsis, int[] size, int... shape) {
    int x = floats(shape);
    int made = floats(size);
    int count = Integer.bitCount(newAxes | ellipsis);
    file.operator(
        "STRIDED_SLICE",
        "StridedSlice",
        options -> options.set(2, ellipsis).set(3, newAxes),
        new int[] {x, file.ints(new int[count]), file.ints(new int[count]), file.ints(ones(count))},
        made);
    file.inputs(x);
    return made;
  }

  private static int[] ones(int count) {
    int[] ones = new int[count];
    Arrays.fill(ones, 1);
    return ones;
  }

  @Test
  void poolLargerThanAnImageWithNewDimensions_isRefused() {
    int image = slice(1, 0, new int[] {1, 8, 8, 3}, 8, 8, 3);
    int result = floats(1, 4, 4, 3);
    file.operator("MAX_POOL_2D", "Pool2D", pool(1, 2, 10), new int[] {image}, result);
    refused(file.outputs(result), "MAX_POOL_2D", "window (filter 10", "image");
  }

  @Test
  void newDimensionsAndEllipsis_haveTheShapesOfTheKernel() {
    // Masks of the ranges: new dimension first; ellipsis first, new dimension last; both around.
    int[][] masks = {{1, 0}, {2, 1}, {5, 2}};
    int[][] expected = {{1, 2, 3}, {2, 3, 1}, {1, 2, 3, 1}};
    for (int i = 0; i < masks.length; i++) {
      KernelRulesTest one = new KernelRulesTest();
      int made = one.slice(masks[i][0], masks[i][1], expected[i], 2, 3);
      TfLiteModel model = one.file.outputs(made).model();
      assertArrayEquals(expected[i], FileMutations.outputShapes(model).get(0));
      try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(model)) {
        float[] values = {1, 2, 3, 4, 5, 6};
        assertArrayEquals(values, interpreter.run(values, 2));
      }
    }
  }

  @Test
  void masksBeyondTheRanges_areRefused() {
    int made = slice(1, 0, new int[] {1, 2, 3}, 2, 3);
    FileBuilder other = file.outputs(made);
    int more = floats(1, 1, 2, 3);
    other.operator(
        "STRIDED_SLICE",
        "StridedSlice",
        options -> options.set(3, 3),
        new int[] {made, file.ints(0), file.ints(0), file.ints(1)},
        more);
    refused(other.outputs(more), "ranges with the masks [0, 3] of 3 dimensions");
  }

  @Test
  void poolOfAnImageWhoseShapeARunComputes_isRefused() {
    int x = floats(1, 8, 8, 3);
    int sizes = file.tensor(TensorType.INT32, 4);
    int image = floats(1, 8, 8, 3);
    int result = floats(1, 4, 4, 3);
    file.operator("RESHAPE", "Reshape", options -> {}, new int[] {x, sizes}, image);
    file.operator("MAX_POOL_2D", "Pool2D", pool(2, 2, 2), new int[] {image}, result);
    refused(
        file.inputs(x, sizes).outputs(result),
        "MAX_POOL_2D \"t3\" (operator 1)",
        "the shape of input 0 \"t2\" is computed in the run");
  }

  @Test
  void partsOfATensorWhoseShapeARunComputes_areComputed_orRefusedByTheKernel() {
    int x = floats(1, 4);
    int sizes = file.tensor(TensorType.INT32, 2);
    int matrix = floats(2, 2);
    int left = floats(2, 1);
    int right = floats(2, 1);
    int sum = floats(2, 1);
    file.operator("RESHAPE", "Reshape", options -> {}, new int[] {x, sizes}, matrix);
    file.operator(
        "SPLIT", "Split", o -> o.set(0, 2), new int[] {file.ints(1), matrix}, left, right);
    file.operator("ADD", "Add", options -> {}, new int[] {left, right}, sum);
    int one = floats(2);
    int other = floats(2);
    int product = floats(2);
    file.operator("UNPACK", "Unpack", o -> o.set(0, 2).set(1, 1), new int[] {matrix}, one, other);
    file.operator("MUL", "Mul", options -> {}, new int[] {one, other}, product);
    try (TfLiteInterpreter interpreter =
        TfLiteInterpreter.open(file.inputs(x, sizes).outputs(sum, product).model())) {
      Map<String, float[]> inputs =
          Map.of("t0", new float[] {1, 2, 3, 4}, "t1", new float[] {2, 2});
      assertArrayEquals(new float[] {3, 7}, interpreter.run(inputs, 1).get("t" + sum));
      assertArrayEquals(new float[] {2, 12}, interpreter.run(inputs, 1).get("t" + product));
      Map<String, float[]> uneven =
          Map.of("t0", new float[] {1, 2, 3, 4}, "t1", new float[] {4, 1});
      assertThrows(IllegalArgumentException.class, () -> interpreter.run(uneven, 1));
    }
  }

  @Test
  void elementsOfATensorWhoseShapeARunComputes_areComputed() {
    int x = floats(1, 4);
    int sizes = file.tensor(TensorType.INT32, 2);
    int matrix = floats(2, 2);
    int roots = floats(2, 2);
    int sum = floats(2, 2);
    file.operator("RESHAPE", "Reshape", options -> {}, new int[] {x, sizes}, matrix);
    file.operator("SQRT", new int[] {matrix}, roots);
    file.operator("ADD", "Add", options -> {}, new int[] {roots, matrix}, sum);
    try (TfLiteInterpreter interpreter =
        TfLiteInterpreter.open(file.inputs(x, sizes).outputs(sum).model())) {
      Map<String, float[]> inputs =
          Map.of("t0", new float[] {1, 4, 9, 16}, "t1", new float[] {2, 2});
      assertArrayEquals(new float[] {2, 6, 12, 20}, interpreter.run(inputs, 1).get("t4"), 1e-5f);
    }
  }

  @Test
  void rule_isReadAsWritten() {
    OperatorRule rule = KernelRules.rules().get("FULLY_CONNECTED");
    assertTrue(rule.types().stream().anyMatch(t -> t.toString().equals("q8 w8 _ > q8")));
    assertTrue(rule.types().stream().anyMatch(t -> t.toString().equals("q8 w8 i32 > q8")));
    assertNull(KernelRules.rules().get("SVDF"));
    assertThrows(IllegalArgumentException.class, () -> OperandKind.of("q9"));
    assertThrows(IllegalArgumentException.class, () -> OperandTypes.of("f32 f32"));
  }
}
