package org.tfmot.api.session;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.apiguardian.api.API;
import org.tensorflow.Graph;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorFlowErrors;

/**
 * Shapes of what is fed to inputs of unknown rank. Whether the operations behind them take such a
 * shape TensorFlow tells when the graph says the shape; some kernels end the process if they do
 * not.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class FedShapes {

  private final GraphDef graph;

  /** The shapes that are remembered; each is an import of the graph if it is not. */
  private static final int MOST = 64;

  /** The shapes used last come last. Several threads run a model. */
  private final Set<Map<String, Shape>> verified = new LinkedHashSet<>();

  public FedShapes(GraphDef graph) {
    this.graph = graph;
  }

  /**
   * Verifies shapes by the names of the placeholders that they are fed to.
   *
   * @throws IllegalArgumentException if an operation does not take them
   */
  public void verify(Map<String, Shape> shapes) {
    if (shapes.isEmpty() || isKnown(shapes)) {
      return;
    }
    verifyByImport(shapes);
    remember(Map.copyOf(shapes));
  }

  private synchronized boolean isKnown(Map<String, Shape> shapes) {
    boolean known = verified.remove(shapes);
    if (known) {
      verified.add(Map.copyOf(shapes));
    }
    return known;
  }

  private synchronized void remember(Map<String, Shape> shapes) {
    verified.add(shapes);
    if (verified.size() > MOST) {
      Iterator<Map<String, Shape>> oldest = verified.iterator();
      oldest.next();
      oldest.remove();
    }
  }

  /** Returns the number of shapes that are remembered. */
  synchronized int remembered() {
    return verified.size();
  }

  private void verifyByImport(Map<String, Shape> shapes) {
    GraphDef.Builder shaped = graph.toBuilder();
    for (NodeDef.Builder node : shaped.getNodeBuilderList()) {
      Shape shape = shapes.get(node.getName());
      if (shape != null && node.getOp().startsWith("Placeholder")) {
        AttrValue value =
            NodeBuilder.op(node.getOp(), node.getName())
                .attr("shape", shape)
                .build()
                .getAttrOrThrow("shape");
        node.putAttr("shape", value);
      }
    }
    try (Graph scratch = new Graph()) {
      // TensorFlow passes over faults of shapes in graphs of versions before its first ones.
      shaped.setVersions(scratch.toGraphDef().getVersions());
      scratch.importGraphDef(shaped.build());
    } catch (TensorFlowException | IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "the model does not take tensors of the shapes %s: %s"
              .formatted(shapes, TensorFlowErrors.reason(e, shaped.build())),
          e);
    }
  }
}
