package org.tfmot.api;

import org.apiguardian.api.API;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.graph.Arguments;
import org.tfmot.api.graph.TensorProtos;

/**
 * A variable of a graph and its value.
 *
 * @param name the name of its {@code VariableV2} or {@code VarHandleOp} node
 * @param kind which of the two it is
 * @param trainable whether an optimizer should update it
 * @param value its value; type and shape are those of the variable
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record Variable(String name, Kind kind, boolean trainable, TensorProto value) {

  /**
   * A variable.
   *
   * @throws IllegalArgumentException if the value is no possible tensor
   */
  public Variable {
    Arguments.require(name, "name");
    Arguments.require(kind, "kind");
    Arguments.require(value, "value");
    try {
      TensorProtos.verify(value);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("variable \"%s\": %s".formatted(name, e.getMessage()), e);
    }
  }

  /** The two kinds of variable that TensorFlow graphs have. */
  public enum Kind {
    /** {@code VariableV2}: the node's output is a reference to the buffer. */
    REFERENCE,
    /** {@code VarHandleOp}: the node's output is a resource, read by {@code ReadVariableOp}. */
    RESOURCE
  }

  /** The shape of the value. */
  public Shape shape() {
    return TensorProtos.shape(value);
  }

  /** The type of the value. */
  public DataType dtype() {
    return value.getDtype();
  }

  /**
   * The same variable with another value.
   *
   * @throws IllegalArgumentException if type or shape differ
   */
  public Variable withValue(TensorProto newValue) {
    Shape given = TensorProtos.shape(newValue);
    if (newValue.getDtype() != dtype() || !given.equals(shape())) {
      throw new IllegalArgumentException(
          "variable \"%s\" holds %s %s and cannot take %s %s"
              .formatted(name, dtype(), shape(), newValue.getDtype(), given));
    }
    return new Variable(name, kind, trainable, newValue);
  }

  /** The same variable, trainable or not. */
  public Variable withTrainable(boolean value) {
    return new Variable(name, kind, value, this.value);
  }

  @Override
  public String toString() {
    return "%s %s %s%s".formatted(name, dtype(), shape(), trainable ? "" : " (not trainable)");
  }
}
