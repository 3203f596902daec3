package org.tfmot.techniques.tflite;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.tfmot.techniques.tflite.flatbuffer.FlatTable;

/**
 * The options of one operator: a table of the file whose fields are addressed by their number in
 * the schema. The runtime takes options of another operator's type for absent ones, in which every
 * number is 0 whatever the schema's default is; so does this class.
 *
 * @param type which table it is, as the schema numbers {@code BuiltinOptions}; 0 if there is none
 * @param table the table, or null if there is none
 * @param custom the bytes of a custom operator's options, or null
 */
record OperatorOptions(int type, @Nullable FlatTable table, @Nullable ByteBuffer custom) {

  /** Options of an operator that has none. */
  static final OperatorOptions NONE = new OperatorOptions(0, null, null);

  private static final List<String> TYPES =
      List.of(
          """
          None Conv2D DepthwiseConv2D ConcatEmbeddings LSHProjection Pool2D SVDF RNN FullyConnected
          Softmax Concatenation Add L2Norm LocalResponseNormalization LSTM ResizeBilinear Call
          Reshape SkipGram SpaceToDepth EmbeddingLookupSparse Mul Pad Gather BatchToSpaceND
          SpaceToBatchND Transpose Reducer Sub Div Squeeze SequenceRNN StridedSlice Exp TopKV2 Split
          LogSoftmax Cast Dequantize MaximumMinimum ArgMax Less Neg PadV2 Greater GreaterEqual
          LessEqual Select Slice TransposeConv SparseToDense Tile ExpandDims Equal NotEqual Shape Pow
          ArgMin FakeQuant Pack LogicalOr OneHot LogicalAnd LogicalNot Unpack FloorDiv Square
          ZerosLike Fill BidirectionalSequenceLSTM BidirectionalSequenceRNN
          UnidirectionalSequenceLSTM FloorMod Range ResizeNearestNeighbor LeakyRelu
          SquaredDifference MirrorPad Abs SplitV Unique ReverseV2 AddN GatherNd Cos Where Rank
          ReverseSequence MatrixDiag Quantize MatrixSetDiag HardSwish If While DepthToSpace
          NonMaxSuppressionV4 NonMaxSuppressionV5 ScatterNd SelectV2 Densify SegmentSum BatchMatMul
          Cumsum CallOnce BroadcastTo Rfft2d Conv3D Hashtable HashtableFind HashtableImport
          HashtableSize VarHandle ReadVariable AssignVariable Random Bucketize Gelu
          DynamicUpdateSlice UnsortedSegmentProd UnsortedSegmentMax UnsortedSegmentMin
          UnsortedSegmentSum ATan2 Sign Bitcast BitwiseXor RightShift
          """
              .split("\\s+"));

  /** Returns these options if they are of a type such as {@code Conv2D}, else none. */
  OperatorOptions as(String name) {
    return type > 0 && type < TYPES.size() && TYPES.get(type).equals(name) ? this : NONE;
  }

  /**
   * Returns the number of a type.
   *
   * @throws IllegalArgumentException if there is no such type
   */
  static int number(String name) {
    int number = TYPES.indexOf(name);
    if (number < 0) {
      throw new IllegalArgumentException("no options are called " + name);
    }
    return number;
  }

  /** Returns an integer; {@code absent} if the table leaves it out, 0 if there is no table. */
  int getInt(int field, int absent) {
    return read(file -> file.getInt(field, absent), 0);
  }

  float getFloat(int field) {
    return Float.intBitsToFloat(getInt(field, 0));
  }

  /** Returns an enumeration's number or a boolean (0 or 1); 0 if absent. */
  int getByte(int field) {
    return read(file -> (int) file.getByte(field), 0);
  }

  boolean getBoolean(int field) {
    return getByte(field) != 0;
  }

  /** Returns a vector of integers; empty if absent. */
  List<Integer> getInts(int field) {
    return read(file -> file.getInts(field), List.of());
  }

  private <T> T read(Function<FlatTable, T> field, T absent) {
    try {
      return table == null ? absent : field.apply(table);
    } catch (IndexOutOfBoundsException e) {
      throw new IllegalArgumentException(
          "the %s options of an operator lead out of the file".formatted(TYPES.get(type)), e);
    }
  }
}
