package org.tfmot.api;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.op.Op;
import org.tfmot.api.graph.Arguments;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorRef;

/**
 * The interface of a graph: its named inputs and outputs, the operations to run in every training
 * step, and whether the graph is in training mode.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class Endpoints {

  private final Map<String, String> inputs;
  private final Map<String, String> outputs;
  private final List<String> updates;
  private final List<String> operations;
  private final @Nullable Boolean training;

  private Endpoints(Builder builder) {
    inputs = Collections.unmodifiableMap(new LinkedHashMap<>(builder.inputs));
    outputs = Collections.unmodifiableMap(new LinkedHashMap<>(builder.outputs));
    updates = List.copyOf(builder.updates);
    operations = List.copyOf(builder.operations);
    training = builder.training;
    if (outputs.isEmpty()) {
      throw new IllegalArgumentException("a model needs at least one named output");
    }
  }

  /** Starts a description. */
  public static Builder builder() {
    return new Builder();
  }

  /** The input tensors ({@code node:index}) by name. */
  public Map<String, String> inputs() {
    return inputs;
  }

  /** The output tensors ({@code node:index}) by name. */
  public Map<String, String> outputs() {
    return outputs;
  }

  /** The names of the operations to run in every training step, such as moving averages. */
  public List<String> updates() {
    return updates;
  }

  /** The names of further operations that the model keeps, for {@link TrainingHook}s to run. */
  public List<String> operations() {
    return operations;
  }

  /**
   * Returns whether batch norm and dropout behave as in training. False unless set: a {@link
   * GraphModel} derives it from the graph then.
   */
  public boolean training() {
    return training != null && training;
  }

  /** Returns whether the mode was set. */
  boolean hasMode() {
    return training != null;
  }

  /** The nodes of a graph that a run is given values for: the inputs and all placeholders. */
  public Set<String> fed(GraphEditor graph) {
    Set<String> fed = new LinkedHashSet<>();
    inputs.values().forEach(tensor -> fed.add(TensorRef.parse(tensor).node()));
    graph.nodes().stream()
        .filter(InnerInputs::isPlaceholder)
        .forEach(node -> fed.add(node.getName()));
    return fed;
  }

  /** A builder that starts from these endpoints. */
  public Builder toBuilder() {
    Builder builder = new Builder();
    builder.inputs.putAll(inputs);
    builder.outputs.putAll(outputs);
    builder.updates.addAll(updates);
    builder.operations.addAll(operations);
    builder.training = training;
    return builder;
  }

  /** Collects endpoints. */
  public static final class Builder {
    private final Map<String, String> inputs = new LinkedHashMap<>();
    private final Map<String, String> outputs = new LinkedHashMap<>();
    private final List<String> updates = new ArrayList<>();
    private final List<String> operations = new ArrayList<>();
    private @Nullable Boolean training;

    private Builder() {}

    /** Names an input. */
    public Builder input(String name, Operand<?> tensor) {
      Arguments.require(name, "name");
      Arguments.require(tensor, "tensor");
      return input(name, tensorName(tensor));
    }

    /**
     * Names an input by its tensor, {@code node} or {@code node:index}.
     *
     * @throws IllegalArgumentException if that is no tensor's name
     */
    public Builder input(String name, String tensor) {
      Arguments.require(name, "name");
      Arguments.require(tensor, "tensor");
      inputs.put(name, qualified("input", name, tensor));
      return this;
    }

    /** Names an output. */
    public Builder output(String name, Operand<?> tensor) {
      Arguments.require(name, "name");
      Arguments.require(tensor, "tensor");
      return output(name, tensorName(tensor));
    }

    /**
     * Names an output by its tensor, {@code node} or {@code node:index}.
     *
     * @throws IllegalArgumentException if that is no tensor's name
     */
    public Builder output(String name, String tensor) {
      Arguments.require(name, "name");
      Arguments.require(tensor, "tensor");
      outputs.put(name, qualified("output", name, tensor));
      return this;
    }

    /** Adds an operation that every training step has to run. */
    public Builder update(Op op) {
      Arguments.require(op, "op");
      return update(op.op().name());
    }

    /** Adds an operation that every training step has to run, by its name. */
    public Builder update(String operation) {
      Arguments.require(operation, "operation");
      updates.add(operation);
      return this;
    }

    /** Keeps an operation that no output needs, by its name. */
    public Builder operation(String operation) {
      Arguments.require(operation, "operation");
      operations.add(operation);
      return this;
    }

    /** Forgets what only training needs: updates and further operations. */
    public Builder inference() {
      updates.clear();
      clearOperations();
      training = false;
      return this;
    }

    /** Forgets the further operations. */
    Builder clearOperations() {
      operations.clear();
      return this;
    }

    /**
     * Says whether the graph is in training mode. If nobody does, the model finds out: a batch norm
     * in training mode or an inverted dropout mean training, anything else inference.
     */
    public Builder training(boolean value) {
      training = value;
      return this;
    }

    /** Takes the mode of other endpoints, which may not say it. */
    Builder modeOf(Endpoints other) {
      training = other.training;
      return this;
    }

    /**
     * The endpoints.
     *
     * @throws IllegalArgumentException if no output is named
     */
    public Endpoints build() {
      return new Endpoints(this);
    }

    private static String qualified(String role, String name, String tensor) {
      try {
        TensorRef reference = TensorRef.parse(tensor);
        if (!reference.isControl()) {
          return reference.qualified();
        }
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "the %s \"%s\": %s".formatted(role, name, e.getMessage()), e);
      }
      throw new IllegalArgumentException(
          "the %s \"%s\": \"%s\" is a control dependency, not a tensor"
              .formatted(role, name, tensor));
    }

    private static String tensorName(Operand<?> operand) {
      Output<?> output = operand.asOutput();
      return output.op().name() + ":" + output.index();
    }
  }
}
