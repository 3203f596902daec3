package org.tfmot.api.graph;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.NameAttrList;
import org.tensorflow.proto.NodeDef;

/**
 * Checks nodes that call functions with their inputs: each function is there, and takes and returns
 * the types that the call says. TensorFlow finds out when the call runs, or never.
 */
final class FunctionCalls {

  /** Attributes that list the types of what a kind of call gives a function and gets from it. */
  private record Rule(List<String> functions, List<String> given, List<String> returned) {}

  /** Stands for the number of the step, which a {@code For} gives its body. */
  private static final String COUNTER = "";

  private static final Rule CALL = new Rule(List.of("f"), List.of("Tin"), List.of("Tout"));
  private static final Rule LOOP = new Rule(List.of("body", "cond"), List.of("T"), List.of("T"));
  private static final Rule BRANCH =
      new Rule(List.of("then_branch", "else_branch"), List.of("Tin"), List.of("Tout"));
  private static final Rule CASE = new Rule(List.of("branches"), List.of("Tin"), List.of("Tout"));

  private static final Map<String, Rule> RULES =
      Map.ofEntries(
          Map.entry("PartitionedCall", CALL),
          Map.entry("StatefulPartitionedCall", CALL),
          Map.entry("TPUPartitionedCall", CALL),
          Map.entry("RemoteCall", CALL),
          Map.entry("BatchFunction", given("f", List.of("Tin", "Tcaptured"), "Tout")),
          Map.entry("MapDefun", given("f", List.of("Targuments", "Tcaptured"), "output_types")),
          Map.entry("While", LOOP),
          Map.entry("StatelessWhile", LOOP),
          Map.entry("_While", LOOP),
          Map.entry("RiscWhile", LOOP),
          Map.entry("XlaWhile", LOOP),
          Map.entry("For", given("body", List.of(COUNTER, "T"), "T")),
          Map.entry("If", BRANCH),
          Map.entry("StatelessIf", BRANCH),
          Map.entry("_If", BRANCH),
          Map.entry("XlaIf", BRANCH),
          Map.entry("Case", CASE),
          Map.entry("StatelessCase", CASE),
          Map.entry("SymbolicGradient", CALL));

  private static final String CONDITION = "cond";

  private final Map<String, FunctionDef> functions = new HashMap<>();

  FunctionCalls(List<FunctionDef> functions) {
    functions.forEach(f -> this.functions.put(f.getSignature().getName(), f));
  }

  private static Rule given(String function, List<String> given, String returned) {
    return new Rule(List.of(function), given, List.of(returned));
  }

  /**
   * Verifies a node, if it is a call.
   *
   * @param where what stands behind the node in a message
   * @throws IllegalArgumentException naming the node and the function
   */
  void verify(NodeDef node, String where) {
    Rule rule = RULES.get(node.getOp());
    if (rule == null) {
      return;
    }
    for (String attribute : rule.functions()) {
      AttrValue value = node.getAttrOrDefault(attribute, AttrValue.getDefaultInstance());
      List<NameAttrList> callees =
          value.hasFunc() ? List.of(value.getFunc()) : value.getList().getFuncList();
      for (NameAttrList callee : callees) {
        String fault = fault(node, rule, attribute, callee);
        if (fault != null) {
          throw new IllegalArgumentException(
              "the node \"%s\" (%s)%s is not valid: %s"
                  .formatted(node.getName(), node.getOp(), where, fault));
        }
      }
    }
  }

  private @Nullable String fault(NodeDef node, Rule rule, String attribute, NameAttrList callee) {
    String name = callee.getName();
    FunctionDef function = functions.get(name);
    boolean gradient = node.getOp().equals("SymbolicGradient");
    if (function == null) {
      // The gradient of an operation is one of TensorFlow's own.
      return gradient && OpDefinitions.isRegistered(name)
          ? null
          : "it runs the function \"%s\", which the graph does not have; of its functions %s"
              .formatted(name, NearestNames.hint(name, functions.keySet()));
    }
    List<DataType> given = types(node, rule.given());
    List<DataType> returned = types(node, rule.returned());
    OpSignature signature = new OpSignature(function.getSignature());
    NodeDef call = NodeDef.newBuilder().putAllAttr(callee.getAttrMap()).build();
    List<DataType> taken = signature.inputTypes(call);
    List<DataType> results = signature.outputTypes(call);
    if (taken == null || results == null || given == null || returned == null) {
      // Attributes that a function around this one fills in.
      return null;
    }
    if (gradient) {
      // It has the function's inputs and the gradients of its results.
      List<DataType> inputs = taken;
      taken = joined(inputs, results);
      results = inputs;
    } else if (attribute.equals(CONDITION)) {
      returned = List.of(OpSignature.OPEN);
    }
    String fault = fault(name, "gives %s to", given, taken);
    return fault == null ? fault(name, "takes %s from", returned, results) : fault;
  }

  /** Returns what is wrong with the types of a call, or null. */
  private static @Nullable String fault(
      String function, String verb, List<DataType> said, List<DataType> has) {
    boolean inputs = verb.startsWith("gives");
    if (said.size() != has.size()) {
      return ("it " + verb + " the function \"%s\", which has %d")
          .formatted(said.size() + (inputs ? " inputs" : " outputs"), function, has.size());
    }
    for (int i = 0; i < said.size(); i++) {
      DataType one = OpDefinitions.base(said.get(i));
      DataType other = OpDefinitions.base(has.get(i));
      if (one != other && one != OpSignature.OPEN && other != OpSignature.OPEN) {
        return ("it " + verb + " the function \"%s\" as %s %d, which is %s")
            .formatted(one, function, inputs ? "input" : "output", i, other);
      }
    }
    return null;
  }

  private static List<DataType> joined(List<DataType> one, List<DataType> two) {
    List<DataType> all = new ArrayList<>(one);
    all.addAll(two);
    return all;
  }

  /** Returns the types that attributes list, or null if one is left to a call around this one. */
  private static @Nullable List<DataType> types(NodeDef node, List<String> attributes) {
    List<DataType> types = new ArrayList<>();
    for (String attribute : attributes) {
      if (attribute.equals(COUNTER)) {
        types.add(DataType.DT_INT32);
        continue;
      }
      AttrValue value = node.getAttrMap().get(attribute);
      if (value == null) {
        // A default, which is an empty list for all of these.
        continue;
      }
      if (!value.hasList()) {
        return null;
      }
      types.addAll(value.getList().getTypeList());
    }
    return Collections.unmodifiableList(types);
  }
}
