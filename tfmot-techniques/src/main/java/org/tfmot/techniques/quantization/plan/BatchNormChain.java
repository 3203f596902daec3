package org.tfmot.techniques.quantization.plan;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorRef;

/**
 * A batch norm that can be folded into the operation before it: nobody else looks at what is
 * between the two.
 *
 * @param operation the convolution or matrix product
 * @param bias the addition of a bias behind it, or null
 * @param biasInput which of the addition's inputs the bias is
 * @param reshapes what makes a matrix product's result a batch of images, in the order of the data
 * @param norm the batch norm
 */
record BatchNormChain(
    NodeDef operation,
    @Nullable NodeDef bias,
    int biasInput,
    List<NodeDef> reshapes,
    NodeDef norm) {

  private static final Set<String> FOLDABLE =
      Set.of("Conv2D", Patterns.DEPTHWISE, Patterns.TRANSPOSED, "MatMul");

  /** All chains of a model in inference mode, by the operation's name. */
  static Map<String, BatchNormChain> find(ModelEditor model, DataFlow flow) {
    Map<String, BatchNormChain> chains = new LinkedHashMap<>();
    for (NodeDef norm : flow.operations()) {
      boolean constant = Patterns.isBatchNorm(norm) && !Patterns.isTrainingBatchNorm(norm);
      BatchNormChain chain = constant ? behind(model.graph(), flow, norm) : null;
      if (chain != null) {
        chains.put(chain.operation.getName(), chain);
      }
    }
    return chains;
  }

  /** The tensors that folding needs the values of. */
  List<String> tensors() {
    List<String> tensors = new ArrayList<>(norm.getInputList().subList(1, 5));
    tensors.add(operation.getInput(1));
    if (bias != null) {
      tensors.add(bias.getInput(biasInput));
    }
    return tensors;
  }

  /** Returns the operations behind the weighted one, the batch norm last. */
  List<NodeDef> followers() {
    List<NodeDef> followers = new ArrayList<>();
    if (bias != null) {
      followers.add(bias);
    }
    followers.addAll(reshapes);
    followers.add(norm);
    return followers;
  }

  private static @Nullable BatchNormChain behind(GraphEditor graph, DataFlow flow, NodeDef norm) {
    List<NodeDef> reshapes = new ArrayList<>();
    NodeDef before = inner(graph, flow, norm, 0);
    while (before != null && Patterns.RESHAPING.contains(before.getOp())) {
      reshapes.add(0, before);
      before = inner(graph, flow, before, 0);
    }
    NodeDef bias = null;
    int biasInput = before == null ? -1 : flow.biasInput(before);
    if (before != null && biasInput >= 0) {
      bias = before;
      before = inner(graph, flow, bias, 1 - biasInput);
    }
    if (before == null || !FOLDABLE.contains(before.getOp())) {
      return null;
    }
    BatchNormChain chain = new BatchNormChain(before, bias, biasInput, reshapes, norm);
    return chain.fits(flow) ? chain : null;
  }

  /** The producer of a node's input if the node is all that uses it, or null. */
  private static @Nullable NodeDef inner(
      GraphEditor graph, DataFlow flow, NodeDef node, int input) {
    TensorRef tensor = TensorRef.parse(node.getInput(input));
    if (!flow.isDynamic(node, input) || tensor.index() != 0) {
      return null;
    }
    NodeDef producer = graph.node(tensor.node());
    return node.equals(flow.onlyUser(producer)) ? producer : null;
  }

  private boolean fits(DataFlow flow) {
    if (!Patterns.isFloat(norm) || !Patterns.isFloat(operation) || flow.isDynamic(operation, 1)) {
      return false;
    }
    if (!hasStaticParameters(flow, norm)) {
      return false;
    }
    return reshapes.isEmpty() || keepsChannels(flow);
  }

  /** Returns whether no parameter of a batch norm depends on the model's inputs. */
  static boolean hasStaticParameters(DataFlow flow, NodeDef norm) {
    return IntStream.range(1, 5).noneMatch(i -> flow.isDynamic(norm, i));
  }

  /** A reshape keeps the channels if there are as many behind it as before. */
  private boolean keepsChannels(DataFlow flow) {
    Shape gamma = flow.staticShape(norm.getInput(1));
    return gamma != null
        && gamma.numDimensions() == 1
        && gamma.get(0) == flow.outputChannels(operation);
  }
}
