package org.tfmot.api.functions;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.OpDefinitions;
import org.tfmot.api.graph.TensorRef;

/** The body of a function, as it is in place of a call. */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class FunctionBody {
  /** Operations that are there from the beginning. */
  private static final Set<String> SOURCES = Set.of("Const", "Placeholder", "VarHandleOp");

  /** Says which of a layer's implementations a function is. */
  private static final String IMPLEMENTS = "api_implements";

  private final GraphEditor editor;
  private final OpDefinitions definitions;
  private final NodeDef call;
  private final FunctionDef function;
  private final Map<String, String> arguments = new HashMap<>();
  private final Map<String, NodeDef> own = new LinkedHashMap<>();
  private final Map<String, String> names = new HashMap<>();
  private final List<String> order = new ArrayList<>();
  private final String scope;

  /**
   * A body that is not in the graph yet.
   *
   * @param fromGraph whether the call is one of the graph itself, where TensorFlow 1 and Java leave
   *     out the control inputs that Python gives to all calls in functions
   */
  public FunctionBody(
      GraphEditor editor,
      OpDefinitions definitions,
      NodeDef call,
      FunctionDef function,
      boolean fromGraph) {
    this.editor = editor;
    this.definitions = definitions;
    this.call = call;
    this.function = function;
    List<OpDef.ArgDef> parameters = function.getSignature().getInputArgList();
    boolean ordered =
        fromGraph && parameters.stream().anyMatch(p -> p.getType() == DataType.DT_RESOURCE);
    int data = 0;
    for (String input : call.getInputList()) {
      TensorRef tensor = TensorRef.parse(input);
      if (tensor.isControl()) {
        order.add(input);
        continue;
      }
      arguments.put(parameters.get(data++).getName(), input);
      if (ordered && !SOURCES.contains(editor.node(tensor.node()).getOp())) {
        // A call begins when all that it is given is there, and may see what was done by then.
        order.add("^" + tensor.node());
      }
    }
    // The functions in which Keras 2 has a recurrent layer know nothing of the layer's name.
    int layer = call.getName().lastIndexOf('/') + 1;
    scope = function.containsAttr(IMPLEMENTS) ? call.getName().substring(0, layer) : "";
    Set<String> taken = new HashSet<>();
    for (NodeDef node : function.getNodeDefList()) {
      own.put(node.getName(), node);
      names.put(node.getName(), name(node.getName(), taken));
    }
  }

  private String name(String inFunction, Set<String> taken) {
    String wish = scope + inFunction;
    String name = wish;
    if (editor.find(name) != null || taken.contains(name)) {
      name = editor.uniqueName(call.getName() + "/" + inFunction);
    }
    for (int i = 1; !taken.add(name); i++) {
      name = editor.uniqueName(call.getName() + "/" + inFunction + "_" + i);
    }
    return name;
  }

  /** The nodes; null if one reads what cannot be found. */
  public @Nullable List<NodeDef> nodes() {
    ImmutableList.Builder<NodeDef> nodes = ImmutableList.builder();
    for (NodeDef node : own.values()) {
      NodeDef.Builder moved =
          node.toBuilder().setName(Objects.requireNonNull(names.get(node.getName()))).clearInput();
      boolean first = true;
      for (String input : node.getInputList()) {
        String tensor = tensor(input);
        if (tensor == null) {
          return null;
        }
        first &= !own.containsKey(node(input));
        moved.addInput(tensor);
      }
      if (first) {
        // What waits for nothing else in the body waits for what the call waits for.
        moved.addAllInput(order);
      }
      nodes.add(moved.build());
    }
    return function.getRetMap().values().stream().allMatch(result -> tensor(result) != null)
        ? nodes.build()
        : null;
  }

  /** Returns the control inputs of the call. */
  public List<String> order() {
    return order;
  }

  /** Control inputs of some nodes, which are given by their names in the function. */
  public List<String> waitingFor(List<String> nodes) {
    return nodes.stream().map(name -> "^" + names.get(name)).toList();
  }

  /** The tensor of an output. */
  public String result(int index) {
    String name = function.getSignature().getOutputArg(index).getName();
    return Objects.requireNonNull(tensor(function.getRetOrThrow(name)));
  }

  /** The type of an output. */
  public DataType resultType(int index) {
    return function.getSignature().getOutputArg(index).getType();
  }

  /** Returns whether a tensor is handed to the function. */
  public boolean isArgument(String tensor) {
    return arguments.containsValue(tensor);
  }

  /**
   * Returns the graph's tensor of an input in the function ({@code argument}, {@code
   * node:output:index} or {@code ^node}); null if it cannot be found.
   */
  private @Nullable String tensor(String input) {
    String node = node(input);
    String argument = arguments.get(node);
    if (input.startsWith("^")) {
      String waited = argument == null ? names.get(node) : TensorRef.parse(argument).node();
      return waited == null ? null : "^" + waited;
    }
    if (argument != null) {
      return argument;
    }
    NodeDef producer = own.get(node);
    String[] parts = input.split(":", -1);
    if (producer == null || parts.length != 3) {
      return null;
    }
    Integer offset = definitions.offset(producer, parts[1]);
    return offset == null
        ? null
        : new TensorRef(
                Objects.requireNonNull(names.get(node)), offset + Integer.parseInt(parts[2]))
            .toString();
  }

  private static String node(String input) {
    String name = input.startsWith("^") ? input.substring(1) : input;
    int colon = name.indexOf(':');
    return colon < 0 ? name : name.substring(0, colon);
  }
}
