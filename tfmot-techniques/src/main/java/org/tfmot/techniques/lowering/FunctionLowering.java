package org.tfmot.techniques.lowering;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apiguardian.api.API;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.functions.CompositeForms;
import org.tfmot.techniques.functions.CompositeFunctions;
import org.tfmot.techniques.functions.CompositeFunctions.Composite;
import org.tfmot.techniques.functions.CompositeFunctions.Function;
import org.tfmot.techniques.functions.Numbers;

/**
 * Writes functions that TensorFlow Lite lacks, or that its converter writes in a form that is wrong
 * near 0 ({@code exp(x) - 1}), by operations that it has ({@link FunctionFormulas}). Results are
 * those of TensorFlow up to a relative error of some 1e-6, which {@code ElementwiseOperationsTest}
 * measures.
 *
 * <p>A GELU is left to the runtime, which has it as one operation: it takes the form that the
 * converter knows.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class FunctionLowering {

  private final GraphEditor editor;

  private FunctionLowering(GraphEditor editor) {
    this.editor = editor;
  }

  /**
   * Lowers the functions of a graph.
   *
   * @param outputs of the model
   * @param integers whether the file is to be of integers: then the runtime's reciprocal root stays
   * @param gelus whether GELUs are left to the runtime
   */
  public static GraphDef apply(
      GraphDef graphDef, Collection<String> outputs, boolean integers, boolean gelus) {
    GraphEditor editor = new GraphEditor(graphDef);
    Set<String> known = gelus ? new FunctionLowering(editor).gelus(outputs) : Set.of();
    for (NodeDef node : editor.nodes()) {
      boolean root = node.getOp().equals("Rsqrt");
      if (isFloat(node) && !known.contains(node.getName()) && !(root && integers)) {
        new FunctionFormulas(editor, node).lower();
      }
    }
    return editor.build();
  }

  /** Brings GELUs into the form that the converter knows; returns their error functions. */
  private Set<String> gelus(Collection<String> outputs) {
    if (editor.nodes().stream().noneMatch(node -> node.getOp().equals("Erf"))) {
      return Set.of();
    }
    Set<TensorRef> ends = new HashSet<>();
    outputs.forEach(output -> ends.add(TensorRef.parse(output)));
    Map<String, Composite> composites =
        CompositeFunctions.find(
            editor,
            editor.nodes(),
            tensor ->
                !ends.contains(tensor)
                    && !editor.node(tensor.node()).getOp().equals("Const")
                    && editor.consumers(tensor).size() == 1);
    Set<String> parts = new HashSet<>(composites.keySet());
    composites.values().forEach(it -> it.inner().forEach(node -> parts.add(node.getName())));
    List<Composite> separate =
        composites.values().stream().filter(it -> !sharesFactor(it.input(), parts)).toList();
    Set<String> known = new HashSet<>();
    for (Composite composite : separate) {
      if (composite.function() == Function.GELU) {
        CompositeForms.write(editor, composite);
        String gate = editor.node(composite.end().getName()).getInput(1);
        known.add(editor.producer(editor.producer(gate).getInput(0)).getName());
        composite.inner().forEach(inner -> known.add(inner.getName()));
      }
    }
    return known;
  }

  /**
   * Returns whether another operation has a product in common with GELUs of a tensor: the converter
   * computes it once, and then knows the GELU no more.
   */
  private boolean sharesFactor(TensorRef x, Set<String> gelus) {
    for (NodeDef user : editor.consumers(x)) {
      for (int i = 0; user.getOp().equals("Mul") && i < 2; i++) {
        double factor = Numbers.value(editor, user.getInput(i));
        boolean shared = factor == 0.5 || Math.abs(factor - Math.sqrt(0.5)) < 1e-6;
        if (shared && !gelus.contains(user.getName())) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean isFloat(NodeDef node) {
    AttrValue type = node.getAttrOrDefault("T", AttrValue.getDefaultInstance());
    return type.getType() == DataType.DT_FLOAT && node.getInputCount() > 0;
  }
}
