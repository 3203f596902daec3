package org.tfmot.api.graph;

import java.util.Arrays;
import java.util.List;
import org.apiguardian.api.API;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;

/** Builds one NodeDef. */
@API(status = API.Status.EXPERIMENTAL)
public final class NodeBuilder {

  private final NodeDef.Builder node;

  private NodeBuilder(String op, String name) {
    node = NodeDef.newBuilder().setOp(op).setName(name);
  }

  /** Starts a node of an op type. */
  public static NodeBuilder op(String type, String name) {
    return new NodeBuilder(type, name);
  }

  /** A constant node. */
  public static NodeDef constant(String name, TensorProto value) {
    return op("Const", name)
        .attr("dtype", value.getDtype())
        .attr("value", AttrValue.newBuilder().setTensor(value).build())
        .build();
  }

  /** Appends inputs, in GraphDef notation. */
  public NodeBuilder inputs(String... tensors) {
    node.addAllInput(Arrays.asList(tensors));
    return this;
  }

  /** Sets a type attribute. */
  public NodeBuilder attr(String name, DataType value) {
    return attr(name, AttrValue.newBuilder().setType(value).build());
  }

  /** Sets an integer attribute. */
  public NodeBuilder attr(String name, long value) {
    return attr(name, AttrValue.newBuilder().setI(value).build());
  }

  /** Sets a boolean attribute. */
  public NodeBuilder attr(String name, boolean value) {
    return attr(name, AttrValue.newBuilder().setB(value).build());
  }

  /** Sets a string attribute. */
  public NodeBuilder attr(String name, String value) {
    return attr(
        name,
        AttrValue.newBuilder().setS(com.google.protobuf.ByteString.copyFromUtf8(value)).build());
  }

  /** Sets a shape attribute. */
  public NodeBuilder attr(String name, Shape value) {
    return attr(name, AttrValue.newBuilder().setShape(TensorProtos.shapeProto(value)).build());
  }

  /** Sets an integer list attribute. */
  public NodeBuilder attr(String name, List<Long> values) {
    return attr(
        name,
        AttrValue.newBuilder()
            .setList(AttrValue.ListValue.newBuilder().addAllI(values))
            .build());
  }

  /** Sets an attribute of any kind. */
  public NodeBuilder attr(String name, AttrValue value) {
    node.putAttr(name, value);
    return this;
  }

  /** The node. */
  public NodeDef build() {
    return node.build();
  }
}
