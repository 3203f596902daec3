package org.tfmot.api.session;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Graph;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TUint8;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;

/**
 * Numbers of classes that are fed to a loss. One hot encoding makes a label outside of the classes
 * a row of zeros, which trains towards nothing and says nothing. -1 and 255 are the usual labels of
 * what is to be left out of a loss, and stay possible there.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class FedLabels {

  /** Operations that hand class numbers on. */
  private static final Set<String> MOVERS =
      Set.of("Cast", "ExpandDims", "Identity", "Reshape", "Squeeze", "StopGradient");

  /** Labels that a one-hot encoding may leave out: 255 is the one that bytes have. */
  private static final Set<Long> IGNORED = Set.of(-1L, 255L);

  /**
   * A reader of class numbers.
   *
   * @param count the number of classes
   * @param ignores whether -1 and 255 are ways to leave an example out
   */
  private record Classes(String operation, long count, boolean ignores) {

    boolean takes(long label) {
      return (label >= 0 && label < count) || (ignores && IGNORED.contains(label));
    }
  }

  private final Graph graph;
  private final Map<String, Optional<Classes>> found = new ConcurrentHashMap<>();

  public FedLabels(Graph graph) {
    this.graph = graph;
  }

  /**
   * Verifies labels.
   *
   * @param placeholder that they are fed to; its readers are looked at when it is fed first
   * @throws IllegalArgumentException if one is no class
   */
  public void verify(String placeholder, Tensor tensor) {
    if (tensor instanceof TInt32 || tensor instanceof TInt64 || tensor instanceof TUint8) {
      found
          .computeIfAbsent(placeholder, name -> Optional.ofNullable(classes(name)))
          .ifPresent(classes -> verify(placeholder, tensor, classes));
    }
  }

  private static void verify(String placeholder, Tensor tensor, Classes classes) {
    long[] labels = labels(tensor);
    for (int i = 0; i < labels.length; i++) {
      if (!classes.takes(labels[i])) {
        throw new IllegalArgumentException(
            "\"%s\" has the label %d at position %d, but \"%s\" has the %d classes 0 to %d%s"
                .formatted(
                    placeholder,
                    labels[i],
                    i,
                    classes.operation,
                    classes.count,
                    classes.count - 1,
                    classes.ignores ? ", and takes -1 and 255 as labels to leave out" : ""));
      }
    }
  }

  private static long[] labels(Tensor tensor) {
    long[] labels = new long[Math.toIntExact(tensor.shape().size())];
    int[] next = {0};
    if (tensor instanceof TInt32 ints) {
      ints.scalars().forEach(label -> labels[next[0]++] = label.getInt());
    } else if (tensor instanceof TInt64 longs) {
      longs.scalars().forEach(label -> labels[next[0]++] = label.getLong());
    } else if (tensor instanceof TUint8 bytes) {
      bytes.scalars().forEach(label -> labels[next[0]++] = Byte.toUnsignedInt(label.getByte()));
    }
    return labels;
  }

  private @Nullable Classes classes(String placeholder) {
    GraphEditor nodes = new GraphEditor(graph.toGraphDef());
    Set<String> seen = new HashSet<>();
    Deque<String> open = new ArrayDeque<>();
    open.push(placeholder);
    while (!open.isEmpty()) {
      TensorRef label = TensorRef.of(open.pop());
      for (NodeDef reader : nodes.consumers(label)) {
        Classes classes = classes(nodes, reader, label);
        if (classes != null) {
          return classes;
        }
        boolean moves =
            MOVERS.contains(reader.getOp()) && TensorRef.parse(reader.getInput(0)).equals(label);
        if (moves && seen.add(reader.getName())) {
          open.push(reader.getName());
        }
      }
    }
    return null;
  }

  private @Nullable Classes classes(GraphEditor nodes, NodeDef reader, TensorRef label) {
    if (reader.getOp().equals("OneHot")
        && TensorRef.parse(reader.getInput(0)).equals(label)
        && nodes.input(reader, 1).getOp().equals("Const")) {
      int depth =
          TensorProtos.toInts(nodes.input(reader, 1).getAttrOrThrow("value").getTensor())[0];
      return new Classes(reader.getName(), depth, true);
    }
    if (reader.getOp().equals("SparseSoftmaxCrossEntropyWithLogits")
        && TensorRef.parse(reader.getInput(1)).equals(label)) {
      Shape logits = graph.outputOrThrow(TensorRef.parse(reader.getInput(0)).qualified()).shape();
      int last = logits.numDimensions() - 1;
      long count = last < 0 ? Shape.UNKNOWN_SIZE : logits.get(last);
      return count == Shape.UNKNOWN_SIZE ? null : new Classes(reader.getName(), count, false);
    }
    return null;
  }
}
