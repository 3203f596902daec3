package org.tfmot.examples.latency;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import com.google.protobuf.UnknownFieldSet.Field;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/**
 * Writes an ONNX file of operator set 13. The field numbers are those of {@code onnx.proto}; of its
 * messages only what networks for images need is written.
 */
final class OnnxGraph {

  private static final int FLOAT = 1;
  private static final int UINT8 = 2;
  private static final int INT8 = 3;
  private static final int INT32 = 6;
  private static final int IR_VERSION = 8;
  private static final int OPERATOR_SET = 13;

  private final UnknownFieldSet.Builder graph = UnknownFieldSet.newBuilder();
  private int names;

  /** Adds an operation of one output, and returns the output's name. */
  String node(String type, List<String> inputs, UnknownFieldSet... attributes) {
    String output = type + names++;
    Field.Builder operands = Field.newBuilder();
    inputs.forEach(input -> operands.addLengthDelimited(text(input)));
    UnknownFieldSet.Builder node =
        UnknownFieldSet.newBuilder()
            .addField(1, operands.build())
            .addField(2, delimited(text(output)))
            .addField(3, delimited(text(output)))
            .addField(4, delimited(text(type)));
    for (UnknownFieldSet attribute : attributes) {
      node.mergeField(5, delimited(attribute.toByteString()));
    }
    graph.mergeField(1, delimited(node.build().toByteString()));
    return output;
  }

  /** Returns an attribute that is a number. */
  static UnknownFieldSet number(String name, long value) {
    return attribute(name, 3, 2, value);
  }

  /** Returns an attribute that is a list of numbers. */
  static UnknownFieldSet numbers(String name, long... values) {
    return attribute(name, 8, 7, values);
  }

  private static UnknownFieldSet attribute(String name, int field, int type, long... values) {
    return UnknownFieldSet.newBuilder()
        .addField(1, delimited(text(name)))
        .addField(field, varints(values))
        .addField(20, varints(type))
        .build();
  }

  /** Adds a tensor of float32 and returns its name; without sizes a scalar. */
  String floats(float[] values, long... sizes) {
    ByteBuffer bytes = little(Float.BYTES * values.length);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return tensor(FLOAT, bytes.array(), sizes);
  }

  /** Adds a tensor of int32. */
  String ints(int[] values, long... sizes) {
    ByteBuffer bytes = little(Integer.BYTES * values.length);
    for (int value : values) {
      bytes.putInt(value);
    }
    return tensor(INT32, bytes.array(), sizes);
  }

  /** Adds a tensor of int8. */
  String bytes(byte[] values, long... sizes) {
    return tensor(INT8, values, sizes);
  }

  /** Adds a scalar of uint8. */
  String unsigned(int value) {
    return tensor(UINT8, new byte[] {(byte) value});
  }

  private String tensor(int type, byte[] values, long... sizes) {
    String name = "tensor" + names++;
    UnknownFieldSet.Builder tensor =
        UnknownFieldSet.newBuilder()
            .addField(2, varints(type))
            .addField(8, delimited(text(name)))
            .addField(9, delimited(ByteString.copyFrom(values)));
    if (sizes.length > 0) {
      tensor.addField(1, varints(sizes));
    }
    graph.mergeField(5, delimited(tensor.build().toByteString()));
    return name;
  }

  /** Returns the file of a graph whose input and output are of float32. */
  byte[] model(String input, long[] inputSizes, String output, long[] outputSizes) {
    graph.addField(2, delimited(text("network")));
    graph.addField(11, delimited(endpoint(input, inputSizes)));
    graph.addField(12, delimited(endpoint(output, outputSizes)));
    UnknownFieldSet operators =
        UnknownFieldSet.newBuilder()
            .addField(1, delimited(ByteString.EMPTY))
            .addField(2, varints(OPERATOR_SET))
            .build();
    return UnknownFieldSet.newBuilder()
        .addField(1, varints(IR_VERSION))
        .addField(7, delimited(graph.build().toByteString()))
        .addField(8, delimited(operators.toByteString()))
        .build()
        .toByteArray();
  }

  private static ByteString endpoint(String name, long... sizes) {
    Field.Builder dimensions = Field.newBuilder();
    for (long size : sizes) {
      dimensions.addLengthDelimited(message(1, varints(size)));
    }
    UnknownFieldSet tensor =
        UnknownFieldSet.newBuilder()
            .addField(1, varints(FLOAT))
            .addField(2, delimited(message(1, dimensions.build())))
            .build();
    ByteString type = message(1, delimited(tensor.toByteString()));
    return UnknownFieldSet.newBuilder()
        .addField(1, delimited(text(name)))
        .addField(2, delimited(type))
        .build()
        .toByteString();
  }

  private static ByteString message(int number, Field field) {
    return UnknownFieldSet.newBuilder().addField(number, field).build().toByteString();
  }

  private static Field delimited(ByteString bytes) {
    return Field.newBuilder().addLengthDelimited(bytes).build();
  }

  private static Field varints(long... values) {
    Field.Builder field = Field.newBuilder();
    Arrays.stream(values).forEach(field::addVarint);
    return field.build();
  }

  private static ByteString text(String text) {
    return ByteString.copyFromUtf8(text);
  }

  private static ByteBuffer little(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
