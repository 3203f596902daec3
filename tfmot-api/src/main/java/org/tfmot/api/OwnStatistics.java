package org.tfmot.api;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Graph;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.folding.WrittenNorm;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorRef;

/**
 * Writes out layer, group and instance norms that are computed by a batch norm in training mode:
 * they normalize with the statistics of their own input in inference, too. Keras 2 saves layer norm
 * so: {@code [..., width]} becomes one image {@code [1, rows, width, 1]} whose rows are channels.
 *
 * <p>A batch norm is one of them if nobody reads its statistics, it has no moving averages, and its
 * batch is one example. One over several examples is a batch norm whose averages are missing, and
 * stays.
 *
 * <p>The form is that of {@code tf.nn.moments}: mean, squared difference, mean, reciprocal root. A
 * layer norm is written over the last dimensions of the tensor itself, without the image.
 */
final class OwnStatistics {

  private static final int OUTPUTS = 6;

  private final GraphEditor editor;
  private final Set<String> outputs;
  private @Nullable Graph graph;
  private boolean unknown;

  private OwnStatistics(GraphEditor editor, Endpoints endpoints) {
    this.editor = editor;
    outputs = Set.copyOf(endpoints.outputs().values());
  }

  /** Changes a graph; whoever reads a norm reads the same tensor afterwards. */
  static void write(GraphEditor editor, Endpoints endpoints) {
    OwnStatistics statistics = new OwnStatistics(editor, endpoints);
    List<NodeDef> norms = editor.nodes().stream().filter(statistics::isCandidate).toList();
    if (norms.isEmpty()) {
      return;
    }
    try {
      norms.stream()
          .filter(statistics::isOfOneExample)
          .toList()
          .forEach(norm -> statistics.write(editor.node(norm.getName())));
    } finally {
      if (statistics.graph != null) {
        statistics.graph.close();
      }
    }
  }

  private boolean isCandidate(NodeDef node) {
    return BatchNormInference.isTraining(node)
        && BatchNormInference.statistics(editor, node).isEmpty()
        && IntStream.range(1, OUTPUTS)
            .mapToObj(i -> new TensorRef(node.getName(), i))
            .noneMatch(t -> outputs.contains(t.qualified()) || !editor.consumers(t).isEmpty());
  }

  private boolean isOfOneExample(NodeDef norm) {
    Shape x = shape(norm.getInput(0));
    return !x.isUnknown() && x.numDimensions() > 0 && x.get(0) == 1;
  }

  private void write(NodeDef norm) {
    WrittenNorm written = new WrittenNorm(editor, norm);
    TensorRef rows = written.isPlain() ? rowsBefore(norm) : null;
    if (rows == null) {
      written.asItIs(rank(norm));
      return;
    }
    Shape whole = shape(rows.toString());
    int first = firstOfRow(whole, shape(norm.getInput(0)).get(2));
    Set<String> back = new LinkedHashSet<>();
    for (NodeDef user : editor.consumers(TensorRef.of(norm.getName()))) {
      if (user.getOp().equals("Reshape") && isShapeOf(user, rows)) {
        back.add(user.getName());
      }
    }
    written.overRows(rows, IntStream.range(first, whole.numDimensions()).toArray(), back);
  }

  private int rank(NodeDef norm) {
    Shape x = shape(norm.getInput(0));
    return x.isUnknown() ? WrittenNorm.format(norm).length() : x.numDimensions();
  }

  /** The tensor that a norm's input is an image of, with a row in each channel; or null. */
  private @Nullable TensorRef rowsBefore(NodeDef norm) {
    NodeDef reshape = editor.input(norm, 0);
    Shape image = shape(norm.getInput(0));
    boolean isImage =
        reshape.getOp().equals("Reshape")
            && WrittenNorm.format(norm).equals("NCHW")
            && image.numDimensions() == 4
            && image.get(0) == 1
            && image.get(2) > 0
            && image.get(3) == 1;
    if (!isImage) {
      return null;
    }
    TensorRef rows = TensorRef.parse(reshape.getInput(0));
    return firstOfRow(shape(rows.toString()), image.get(2)) < 0 ? null : rows;
  }

  /** The dimension from which on a tensor has rows of a width; -1 if none is known. */
  private static int firstOfRow(Shape whole, long width) {
    long size = 1;
    for (int i = whole.isUnknown() ? -1 : whole.numDimensions() - 1; i >= 0; i--) {
      size *= whole.get(i);
      if (size == width) {
        return i;
      }
      if (size <= 0 || size > width) {
        return -1;
      }
    }
    return -1;
  }

  /** Tells whether a reshaped tensor has the shape of another with as many elements. */
  private boolean isShapeOf(NodeDef reshape, TensorRef tensor) {
    NodeDef shape = editor.input(reshape, 1);
    if (shape.getOp().equals("Shape")
        && origin(shape.getInput(0)).equals(origin(tensor.toString()))) {
      return true;
    }
    Shape one = shape(reshape.getName());
    Shape other = shape(tensor.toString());
    return !one.isUnknown()
        && one.equals(other)
        && IntStream.range(0, one.numDimensions()).filter(i -> one.get(i) < 0).count() < 2;
  }

  /** The tensor of the same shape at the beginning of identities and casts. */
  private TensorRef origin(String tensor) {
    TensorRef origin = TensorRef.parse(tensor);
    NodeDef node = editor.node(origin.node());
    while (node.getOp().equals("Identity") || node.getOp().equals("Cast")) {
      origin = TensorRef.parse(node.getInput(0));
      node = editor.node(origin.node());
    }
    return origin;
  }

  /** Returns the shape of a tensor of the graph as it was, as far as TensorFlow infers it. */
  private Shape shape(String tensor) {
    if (graph == null && !unknown) {
      Graph imported = new Graph();
      try {
        imported.importGraphDef(editor.build());
        graph = imported;
      } catch (TensorFlowException | IllegalArgumentException | IllegalStateException e) {
        // What is wrong with the graph is said where it is computed.
        imported.close();
        unknown = true;
      }
    }
    TensorRef reference = TensorRef.parse(tensor);
    return graph == null || graph.operation(reference.node()) == null
        ? Shape.unknown()
        : graph.operationOrThrow(reference.node()).output(reference.index()).shape();
  }
}
