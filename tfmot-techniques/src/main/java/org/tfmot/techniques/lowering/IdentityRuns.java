package org.tfmot.techniques.lowering;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apiguardian.api.API;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorRef;

/**
 * Lets operations read what is before a run of {@code Identity} nodes, for which TensorFlow's
 * converter takes time in proportion to the square of their number.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class IdentityRuns {

  private final GraphEditor editor;
  private final Set<String> fed = new HashSet<>();
  private final Map<String, String> sources = new HashMap<>();

  private IdentityRuns(GraphDef graph, Iterable<String> inputs) {
    editor = new GraphEditor(graph);
    inputs.forEach(tensor -> fed.add(TensorRef.parse(tensor).node()));
  }

  /**
   * Shortens the runs; all nodes stay.
   *
   * @param inputs tensors that are fed, which nothing may read past
   */
  public static GraphDef shorten(GraphDef graph, Iterable<String> inputs) {
    return new IdentityRuns(graph, inputs).shorten();
  }

  private GraphDef shorten() {
    for (NodeDef node : editor.nodes()) {
      for (int i = 0; i < node.getInputCount(); i++) {
        String source = source(node.getInput(i));
        if (!source.equals(node.getInput(i))) {
          editor.setInput(node.getName(), i, source);
        }
      }
    }
    return editor.build();
  }

  private String source(String tensor) {
    List<String> passed = new ArrayList<>();
    String source = tensor;
    while (!sources.containsKey(source) && isPassedOver(TensorRef.parse(source))) {
      passed.add(source);
      source = editor.producer(source).getInput(0);
    }
    String end = sources.getOrDefault(source, source);
    passed.forEach(each -> sources.put(each, end));
    return end;
  }

  private boolean isPassedOver(TensorRef tensor) {
    NodeDef node = editor.node(tensor.node());
    return !tensor.isControl()
        && node.getOp().equals("Identity")
        && node.getInputCount() == 1
        && !fed.contains(node.getName());
  }
}
