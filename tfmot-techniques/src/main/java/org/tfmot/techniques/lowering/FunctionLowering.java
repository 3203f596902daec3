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
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.functions.CompositeForms;
import org.tfmot.techniques.functions.CompositeFunctions;
import org.tfmot.techniques.functions.CompositeFunctions.Composite;
import org.tfmot.techniques.functions.CompositeFunctions.Function;

/**
 * Writes functions that TensorFlow Lite lacks by operations that it has: inverse and hyperbolic
 * functions by their definitions, the error function by formula 7.1.26 of Abramowitz and Stegun,
 * "Handbook of Mathematical Functions" (1964), whose error is at most 1.5e-7:
 *
 * <pre>erf(x) = 1 - (a1 t + a2 t^2 + a3 t^3 + a4 t^4 + a5 t^5) exp(-x^2), t = 1 / (1 + p x), x >= 0
 * </pre>
 *
 * <p>A GELU is left to the runtime, which has it as one operation: it takes the form that the
 * converter knows.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class FunctionLowering {

  private static final double P = 0.3275911;
  private static final double[] A = {
    0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429
  };

  /** Adding 1 to the square of a larger number does not change its root in float32. */
  private static final double LARGE = 10_000;

  private final GraphEditor editor;
  private NodeDef whole = NodeDef.getDefaultInstance();

  private FunctionLowering(GraphEditor editor) {
    this.editor = editor;
  }

  /**
   * Lowers the functions of a graph.
   *
   * @param outputs of the model
   */
  public static GraphDef apply(GraphDef graphDef, Collection<String> outputs) {
    GraphEditor editor = new GraphEditor(graphDef);
    FunctionLowering lowering = new FunctionLowering(editor);
    Set<String> known = lowering.gelus(outputs);
    for (NodeDef node : editor.nodes()) {
      if (isFloat(node) && !known.contains(node.getName())) {
        lowering.lower(node);
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
    Set<String> known = new HashSet<>();
    for (Composite composite : composites.values()) {
      if (composite.function() == Function.GELU) {
        CompositeForms.write(editor, composite);
        String gate = editor.node(composite.end().getName()).getInput(1);
        known.add(editor.producer(editor.producer(gate).getInput(0)).getName());
        composite.inner().forEach(inner -> known.add(inner.getName()));
      }
    }
    return known;
  }

  private static boolean isFloat(NodeDef node) {
    AttrValue type = node.getAttrOrDefault("T", AttrValue.getDefaultInstance());
    return type.getType() == DataType.DT_FLOAT && node.getInputCount() > 0;
  }

  private void lower(NodeDef node) {
    whole = node;
    String x = node.getInput(0);
    switch (node.getOp()) {
      case "Erf" -> end("Mul", node("Sign", x), erf(x));
      case "Erfc" -> end("Sub", number(1), node("Mul", node("Sign", x), erf(x)));
      case "Sinh" -> end("Sub", halfExp(x), halfExp(node("Neg", x)));
      case "Cosh" -> end("AddV2", halfExp(x), halfExp(node("Neg", x)));
      case "Tan" -> end("RealDiv", node("Sin", x), node("Cos", x));
      case "Asinh" -> end("Mul", node("Sign", x), asinh(node("Abs", x)));
      case "Acosh" -> {
        String root = node("Mul", root(node("Sub", x, number(1))), root(sum(x, 1)));
        end("Log", node("AddV2", x, root));
      }
      case "Atanh" -> {
        String above = node("Log", sum(x, 1));
        String below = node("Log", node("Sub", number(1), x));
        end("Mul", number(0.5), node("Sub", above, below));
      }
      case "Atan" -> end("Atan2", x, node("OnesLike", x));
      case "Asin" -> end("Atan2", x, cosine(x));
      case "Acos" -> end("Atan2", cosine(x), x);
      default -> {}
    }
  }

  /** Returns the error function of the magnitude. */
  private String erf(String x) {
    String magnitude = node("Abs", x);
    String divisor = sum(node("Mul", number(P), magnitude), 1);
    String t = node("RealDiv", number(1), divisor);
    String polynomial = number(A[A.length - 1]);
    for (int i = A.length - 2; i >= 0; i--) {
      polynomial = sum(node("Mul", polynomial, t), A[i]);
    }
    String decay = node("Exp", node("Neg", node("Mul", magnitude, magnitude)));
    return node("Sub", number(1), node("Mul", node("Mul", polynomial, t), decay));
  }

  /** Returns {@code log(m + sqrt(m^2 + 1))}, of numbers from 0 on. */
  private String asinh(String m) {
    String small = node("Minimum", m, number(LARGE));
    String root = root(sum(node("Mul", small, small), 1));
    return node("Log", node("AddV2", m, node("Maximum", m, root)));
  }

  /** Returns half of the exponential: of half the exponent, so that it reaches as far. */
  private String halfExp(String x) {
    String root = node("Exp", node("Mul", number(0.5), x));
    return node("Mul", node("Mul", number(0.5), root), root);
  }

  /** Returns the cosine of the angle whose sine is given. */
  private String cosine(String sine) {
    return root(node("Mul", node("Sub", number(1), sine), sum(sine, 1)));
  }

  private String root(String x) {
    return node("Sqrt", x);
  }

  private String sum(String x, double number) {
    return node("AddV2", x, number(number));
  }

  private String number(double value) {
    String name = editor.uniqueName(whole.getName() + "/number");
    return editor.add(NodeBuilder.constant(name, TensorProtos.scalar((float) value)));
  }

  private String node(String op, String... inputs) {
    String name = editor.uniqueName(whole.getName() + "/" + op);
    return editor.add(node(op, name, List.of(inputs)));
  }

  private void end(String op, String... inputs) {
    NodeBuilder end = NodeBuilder.op(op, whole.getName()).inputs(inputs);
    whole.getInputList().stream().filter(input -> input.startsWith("^")).forEach(end::inputs);
    whole.getAttrMap().forEach((String name, AttrValue value) -> end.attr(name, value));
    editor.replace(end.build());
  }

  private static NodeDef node(String op, String name, List<String> inputs) {
    return NodeBuilder.op(op, name)
        .inputs(inputs.toArray(String[]::new))
        .attr("T", DataType.DT_FLOAT)
        .build();
  }
}
