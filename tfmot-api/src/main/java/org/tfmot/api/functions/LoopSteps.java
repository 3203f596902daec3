package org.tfmot.api.functions;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.folding.IndexArithmetic;
import org.tfmot.api.folding.KnownInts;
import org.tfmot.api.functions.FunctionPlan.Operation;
import org.tfmot.api.functions.FunctionPlan.Source;

/** Counts the steps of a loop before it runs, by its counters and limits alone. */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class LoopSteps {

  /** The number is open: something only a run knows decides. */
  public static final int OPEN = -1;

  private final FunctionPlan condition;
  private final FunctionPlan body;
  private final Map<NodeDef, KnownInts> constants = new HashMap<>();

  public LoopSteps(FunctionPlan condition, FunctionPlan body) {
    this.condition = condition;
    this.body = body;
  }

  /**
   * Counts.
   *
   * @param arguments what is known of the loop's inputs
   * @param most where to stop
   * @return the number of steps, {@code most + 1} if there are more than {@code most}, or {@link
   *     #OPEN}
   */
  public int count(List<@Nullable KnownInts> arguments, int most) {
    List<@Nullable KnownInts> state = arguments;
    for (int step = 0; step <= most; step++) {
      KnownInts goesOn = evaluate(condition, state).get(0);
      if (goesOn == null || !goesOn.isNumber()) {
        return OPEN;
      }
      if (goesOn.get(0) == 0) {
        return step;
      }
      state = evaluate(body, state);
    }
    return most + 1;
  }

  private List<@Nullable KnownInts> evaluate(
      FunctionPlan plan, List<@Nullable KnownInts> arguments) {
    List<@Nullable KnownInts> values = new ArrayList<>();
    for (Operation operation : plan.operations()) {
      values.add(value(operation, arguments, values));
    }
    List<@Nullable KnownInts> results = new ArrayList<>();
    for (Source result : plan.results()) {
      results.add(tensor(result, arguments, values));
    }
    return results;
  }

  private @Nullable KnownInts value(
      Operation operation, List<@Nullable KnownInts> arguments, List<@Nullable KnownInts> values) {
    if (operation.outputs() != 1) {
      return null;
    }
    NodeDef node = operation.node();
    if (node.getOp().equals("Const")) {
      return constants.containsKey(node)
          ? constants.get(node)
          : remember(node, IndexArithmetic.of(node, List.of()));
    }
    List<@Nullable KnownInts> inputs = new ArrayList<>();
    for (Source input : operation.inputs()) {
      inputs.add(tensor(input, arguments, values));
    }
    return IndexArithmetic.of(node, inputs);
  }

  private @Nullable KnownInts remember(NodeDef node, @Nullable KnownInts value) {
    if (value != null) {
      constants.put(node, value);
    }
    return value;
  }

  private static @Nullable KnownInts tensor(
      Source source, List<@Nullable KnownInts> arguments, List<@Nullable KnownInts> values) {
    return source.operation() < 0 ? arguments.get(source.index()) : values.get(source.operation());
  }
}
