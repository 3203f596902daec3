package org.tfmot.techniques.weights;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.GraphModel;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;

/**
 * The tensor that layers read in place of a variable, and the one that they read before.
 *
 * <p>Its value includes what earlier techniques make of the variable. So once the variable has this
 * value, theirs must not be computed from it again: the earlier effective weight becomes the
 * variable itself. Its node stays until its technique is stripped, since others know its name.
 *
 * @param variable the variable's name
 * @param node the effective weight's node
 * @param source the tensor that it is computed from: an earlier effective weight, or {@code read}
 * @param read the variable's own value
 */
record EffectiveWeight(String variable, String node, String source, String read) {

  /**
   * Gives variables the values of their effective weights, and the layers the variables again.
   *
   * @param rule gives a variable's value; null for that of the effective weight
   */
  static GraphModel strip(
      GraphModel trained,
      List<EffectiveWeight> weights,
      @Nullable BiFunction<GraphModel, String, TensorProto> rule) {
    ModelEditor editor = new ModelEditor(trained);
    List<EffectiveWeight> left = new ArrayList<>(weights);
    left.removeIf(weight -> !weight.isIn(editor));
    Map<String, TensorProto> values =
        rule != null
            ? Map.of()
            : StaticTensors.evaluate(trained, left.stream().map(EffectiveWeight::node).toList());
    for (EffectiveWeight weight : left) {
      TensorProto value =
          rule != null ? rule.apply(trained, weight.variable) : values.get(weight.node);
      if (value == null) {
        throw new IllegalStateException("\"" + weight.node + "\" was not evaluated");
      }
      editor.setValue(weight.variable, withoutNegativeZeros(value));
    }
    for (EffectiveWeight weight : weights) {
      if (weight.isIn(editor) || weight.isSettled(editor)) {
        weight.settleEarlier(editor);
        editor.redirect(TensorRef.of(weight.node), TensorRef.parse(weight.source), user -> true);
      }
    }
    return editor.build();
  }

  /** Returns whether the node is the one that was added: others may have made it a constant. */
  private boolean isIn(ModelEditor editor) {
    NodeDef now = editor.graph().find(node);
    return now != null && variable.equals(Weight.standsFor(now)) && !now.getOp().equals("Const");
  }

  /** Returns whether a technique on top has made the node the variable itself. */
  private boolean isSettled(ModelEditor editor) {
    return settled(node).equals(editor.graph().find(node));
  }

  private void settleEarlier(ModelEditor editor) {
    if (source.equals(read)) {
      return;
    }
    if (editor.graph().find(source) == null) {
      editor.graph().add(settled(source));
    } else {
      editor.graph().replace(settled(source));
    }
  }

  private NodeDef settled(String name) {
    return NodeBuilder.op("Identity", name).inputs(read).attr("T", DataType.DT_FLOAT).build();
  }

  /** A zero that came of a negative weight has no sign in a file. */
  private static TensorProto withoutNegativeZeros(TensorProto value) {
    float[] values = TensorProtos.toFloats(value);
    boolean changed = false;
    for (int i = 0; i < values.length; i++) {
      if (values[i] == 0 && Float.floatToRawIntBits(values[i]) != 0) {
        values[i] = 0;
        changed = true;
      }
    }
    return changed ? TensorProtos.floats(TensorProtos.shape(value), values) : value;
  }
}
