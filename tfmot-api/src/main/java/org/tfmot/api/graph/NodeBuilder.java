package org.tfmot.api.graph;

import com.google.protobuf.ByteString;
import java.util.Arrays;
import java.util.List;
import org.apiguardian.api.API;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;

/** Builds one NodeDef. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class NodeBuilder {

  private final NodeDef.Builder node;

  private NodeBuilder(String op, String name) {
    node = NodeDef.newBuilder().setOp(op).setName(name);
  }

  /** Starts a node of an op type. */
  public static NodeBuilder op(String type, String name) {
    Arguments.require(type, "type");
    Arguments.require(name, "name");
    return new NodeBuilder(type, name);
  }

  /** A constant node. */
  public static NodeDef constant(String name, TensorProto value) {
    Arguments.require(name, "name");
    Arguments.require(value, "value");
    return op("Const", name).attr("dtype", value.getDtype()).attr("value", value).build();
  }

  /** Appends inputs, in GraphDef notation. */
  public NodeBuilder inputs(String... tensors) {
    node.addAllInput(Arrays.asList(tensors));
    return this;
  }

  /**
   * Sets an attribute.
   *
   * @param value a {@link DataType}, {@link Shape}, {@link Boolean}, {@link Integer}, {@link Long},
   *     {@link Float}, {@link String}, {@link TensorProto} or {@link AttrValue}, or a list of
   *     {@link Long} or of {@link DataType}
   * @throws IllegalArgumentException if it is of another type
   */
  public NodeBuilder attr(String name, Object value) {
    node.putAttr(name, attrValue(name, value));
    return this;
  }

  private static AttrValue attrValue(String name, Object value) {
    AttrValue.Builder attr = AttrValue.newBuilder();
    if (value instanceof AttrValue given) {
      return given;
    } else if (value instanceof DataType type) {
      attr.setType(type);
    } else if (value instanceof Shape shape) {
      attr.setShape(TensorProtos.shapeProto(shape));
    } else if (value instanceof Boolean flag) {
      attr.setB(flag);
    } else if (value instanceof Integer || value instanceof Long) {
      attr.setI(((Number) value).longValue());
    } else if (value instanceof Float number) {
      attr.setF(number);
    } else if (value instanceof String text) {
      attr.setS(ByteString.copyFromUtf8(text));
    } else if (value instanceof TensorProto tensor) {
      attr.setTensor(tensor);
    } else if (value instanceof List<?> list) {
      attr.setList(listValue(name, list));
    } else {
      throw refused(name, value);
    }
    return attr.build();
  }

  private static AttrValue.ListValue listValue(String name, List<?> list) {
    AttrValue.ListValue.Builder values = AttrValue.ListValue.newBuilder();
    for (Object item : list) {
      if (item instanceof Long number) {
        values.addI(number);
      } else if (item instanceof DataType type) {
        values.addType(type);
      } else {
        throw refused(name, item);
      }
    }
    return values.build();
  }

  private static IllegalArgumentException refused(String name, Object value) {
    return new IllegalArgumentException(
        "attribute \"%s\" cannot be of type %s".formatted(name, value.getClass().getName()));
  }

  /** The node. */
  public NodeDef build() {
    return node.build();
  }
}
