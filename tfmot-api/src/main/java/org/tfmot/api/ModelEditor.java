package org.tfmot.api;

import com.google.protobuf.ByteString;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.apiguardian.api.API;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.graph.Arguments;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorRef;

/** A {@link GraphModel} in the making: its graph, its variables and its endpoints. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class ModelEditor {

  private final GraphEditor graph;
  private final Map<String, Variable> variables;
  private final Map<String, String> outputs;
  private final Endpoints.Builder endpoints;

  /**
   * Starts from a model, which stays as it is.
   *
   * @throws IllegalArgumentException if the graph has a circle, naming its nodes
   */
  public ModelEditor(GraphModel model) {
    Arguments.require(model, "model");
    model.requireOrder();
    graph = new GraphEditor(model.graphDef());
    variables = new LinkedHashMap<>(model.variables());
    outputs = new LinkedHashMap<>(model.outputs());
    endpoints = model.endpoints().toBuilder();
  }

  /** The graph. */
  public GraphEditor graph() {
    return graph;
  }

  /** The endpoints; outputs are moved by {@link #redirect}. */
  public Endpoints.Builder endpoints() {
    return endpoints;
  }

  /** The output tensors ({@code node:index}) by name, as they stand. */
  public Map<String, String> outputs() {
    return Map.copyOf(outputs);
  }

  /** Adds a constant and returns its tensor. The name is a wish. */
  public String addConstant(String name, TensorProto value) {
    return graph.add(NodeBuilder.constant(graph.uniqueName(name), value));
  }

  /** Adds a node; its name is a wish. Answers with its name. */
  public String add(String op, String name, Map<String, ?> attributes, String... inputs) {
    NodeBuilder node = NodeBuilder.op(op, graph.uniqueName(name)).inputs(inputs);
    attributes.forEach(node::attr);
    return graph.add(node.build());
  }

  /**
   * Adds a resource variable.
   *
   * @param name must be free
   * @return the tensor that holds its value
   */
  public String addVariable(String name, TensorProto value, boolean trainable) {
    Variable variable = new Variable(name, Variable.Kind.RESOURCE, trainable, value);
    graph.add(
        NodeBuilder.op("VarHandleOp", name)
            .attr("dtype", variable.dtype())
            .attr("shape", variable.shape())
            .attr("shared_name", name)
            .build());
    variables.put(name, variable);
    return graph.add(
        NodeBuilder.op("ReadVariableOp", graph.uniqueName(name + "_read"))
            .inputs(name)
            .attr("dtype", variable.dtype())
            .build());
  }

  /** Adds an operation that gives a resource variable a tensor's value; returns its name. */
  public String addAssignment(String variable, String tensor) {
    return graph.add(
        NodeBuilder.op("AssignVariableOp", graph.uniqueName(variable + "_assign"))
            .inputs(variable, tensor)
            .attr("dtype", variable(variable).dtype())
            .build());
  }

  /**
   * Returns a variable by the name of its node, or by its shared name.
   *
   * @throws IllegalArgumentException if there is none of that name; the message has the nearest
   */
  public Variable variable(String name) {
    return Objects.requireNonNull(
        variables.get(VariableNames.find(name, variables.keySet(), graph::nodes)));
  }

  /** Gives a variable another value. */
  public void setValue(String name, TensorProto value) {
    Variable variable = variable(name).withValue(value);
    variables.put(variable.name(), variable);
  }

  /** Makes the users of a tensor that satisfy a condition, and outputs, read another one. */
  public void redirect(TensorRef from, TensorRef to, Predicate<NodeDef> which) {
    graph.redirect(from, to, which);
    outputs.replaceAll((name, tensor) -> tensor.equals(from.qualified()) ? to.qualified() : tensor);
  }

  /**
   * Has the users of a node's first tensor read another one as soon as the model is made for
   * inference ({@link GraphModel#toInference}): for what training computes from the batch and
   * inference takes from variables.
   *
   * @param tensor must be needed by the training graph, too, or it is not kept
   * @throws IllegalArgumentException if one of the two is not in the graph
   */
  public void inInference(String node, String tensor) {
    if (graph.find(TensorRef.parse(tensor).node()) == null) {
      throw new IllegalArgumentException("the graph has no tensor \"" + tensor + "\"");
    }
    AttrValue other = AttrValue.newBuilder().setS(ByteString.copyFromUtf8(tensor)).build();
    graph.replace(graph.node(node).toBuilder().putAttr(InferenceMode.OTHER_TENSOR, other).build());
  }

  /**
   * The model as it stands; what no endpoint needs is left out.
   *
   * @throws IllegalArgumentException if an endpoint's node is gone
   */
  public GraphModel build() {
    outputs.forEach(endpoints::output);
    return GraphModel.of(graph.build(), endpoints.build(), variables.values());
  }
}
