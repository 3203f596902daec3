package org.tfmot.techniques.quantization.plan;

import java.util.ArrayList;
import java.util.List;
import org.apiguardian.api.API;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.GraphModel;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.graph.NodeBuilder;

/**
 * Writes sums of many tensors as a tree of sums of two: those have integer kernels, and each
 * partial sum gets a range. The last one has the name of the whole, the others are below it.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class Sums {

  /** A sum of more terms stays one operation of float. */
  private static final int MOST_TERMS = 64;

  private Sums() {}

  /**
   * Returns a model in which {@code AddN} between inputs and outputs has two terms, or very many.
   */
  public static GraphModel inPairs(GraphModel model) {
    ModelEditor editor = new ModelEditor(model);
    boolean changed = false;
    for (NodeDef node : new DataFlow(editor).operations()) {
      long terms = node.getOp().equals("AddN") ? node.getAttrOrThrow("N").getI() : 0;
      if (terms > 2 && terms <= MOST_TERMS && Patterns.isFloat(node)) {
        split(editor, node);
        changed = true;
      }
    }
    return changed ? editor.build() : model;
  }

  private static void split(ModelEditor editor, NodeDef node) {
    int count = (int) node.getAttrOrThrow("N").getI();
    List<String> terms = node.getInputList().subList(0, count);
    int sums = 0;
    while (terms.size() > 2) {
      List<String> halved = new ArrayList<>();
      for (int i = 0; i + 1 < terms.size(); i += 2) {
        String name = editor.graph().uniqueName(node.getName() + "/sum" + ++sums);
        halved.add(editor.graph().add(pair(name, terms.get(i), terms.get(i + 1)).build()));
      }
      if (terms.size() % 2 > 0) {
        halved.add(terms.get(terms.size() - 1));
      }
      terms = halved;
    }
    NodeBuilder last = pair(node.getName(), terms.get(0), terms.get(1));
    node.getInputList().stream().skip(count).forEach(last::inputs);
    editor.graph().replace(last.build());
  }

  private static NodeBuilder pair(String name, String left, String right) {
    return NodeBuilder.op("AddN", name)
        .inputs(left, right)
        .attr("N", 2)
        .attr("T", DataType.DT_FLOAT);
  }
}
