package org.tfmot.techniques.quantization;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.GraphModel;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;

/**
 * Folds batch norm in inference mode into the convolution or matrix product before it: {@code w' =
 * w * s} and {@code b' = beta + (b - mean) * s} with {@code s = gamma / sqrt(variance + epsilon)}
 * per output channel (Jacob et al., 2018, section 3.2). A weight that is 0 stays 0.
 */
final class BatchNormFolding {

  private static final Set<String> FOLDABLE = Set.of("Conv2D", "MatMul");

  /** A weight-bearing operation, a bias behind it or none, and the batch norm behind that. */
  private record Chain(NodeDef operation, @Nullable NodeDef bias, NodeDef norm) {

    List<String> tensors() {
      List<String> tensors = new ArrayList<>(norm.getInputList().subList(1, 5));
      tensors.add(operation.getInput(1));
      if (bias != null) {
        tensors.add(bias.getInput(1));
      }
      return tensors;
    }
  }

  private BatchNormFolding() {}

  static GraphModel fold(GraphModel model) {
    ModelEditor editor = new ModelEditor(model);
    List<Chain> chains = chains(editor.graph());
    List<String> tensors = chains.stream().flatMap(chain -> chain.tensors().stream()).toList();
    Map<String, TensorProto> values = StaticTensors.evaluate(model, tensors);
    chains.forEach(chain -> fold(editor, chain, values));
    return editor.build();
  }

  private static List<Chain> chains(GraphEditor graph) {
    List<Chain> chains = new ArrayList<>();
    List<String> inputs =
        graph.nodes().stream()
            .filter(node -> node.getOp().startsWith("Placeholder"))
            .map(NodeDef::getName)
            .toList();
    Set<String> dynamic = graph.dependents(inputs);
    for (NodeDef norm : graph.nodes()) {
      if (!Patterns.isBatchNorm(norm) || norm.getAttrOrThrow("is_training").getB()) {
        continue;
      }
      NodeDef before = graph.input(norm, 0);
      NodeDef bias = before.getOp().equals("BiasAdd") ? before : null;
      NodeDef operation = bias == null ? before : graph.input(bias, 0);
      boolean fits =
          FOLDABLE.contains(operation.getOp())
              && !dynamic.contains(TensorRef.parse(operation.getInput(1)).node())
              && graph.consumers(operation.getName()).size() == 1
              && (bias == null || graph.consumers(bias.getName()).size() == 1);
      if (fits) {
        chains.add(new Chain(operation, bias, norm));
      }
    }
    return chains;
  }

  private static void fold(ModelEditor editor, Chain chain, Map<String, TensorProto> values) {
    NodeDef norm = chain.norm();
    float[] gamma = floats(values, norm.getInput(1));
    float[] beta = floats(values, norm.getInput(2));
    float[] mean = floats(values, norm.getInput(3));
    float[] variance = floats(values, norm.getInput(4));
    double epsilon = norm.getAttrOrThrow("epsilon").getF();
    String weightTensor = chain.operation().getInput(1);
    float[] weights = floats(values, weightTensor);
    Shape shape = TensorProtos.shape(tensor(values, weightTensor));
    NodeDef biasAdd = chain.bias();
    float[] bias = biasAdd == null ? new float[gamma.length] : floats(values, biasAdd.getInput(1));
    double[] scale = new double[gamma.length];
    for (int c = 0; c < scale.length; c++) {
      scale[c] = gamma[c] / Math.sqrt(variance[c] + epsilon);
      bias[c] = (float) (beta[c] + (bias[c] - mean[c]) * scale[c]);
    }
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (float) (weights[i] * scale[i % scale.length]);
    }
    String name = chain.operation().getName();
    String kernel =
        editor.addVariable(name + "/folded_kernel", TensorProtos.floats(shape, weights), true);
    String offset =
        editor.addVariable(
            name + "/folded_bias", TensorProtos.floats(Shape.of(bias.length), bias), true);
    editor.graph().setInput(name, 1, kernel);
    // The bias takes the batch norm's name: what reads the one now reads the other.
    editor
        .graph()
        .replace(
            NodeBuilder.op("BiasAdd", norm.getName())
                .inputs(name, offset)
                .attr("T", DataType.DT_FLOAT)
                .build());
  }

  private static float[] floats(Map<String, TensorProto> values, String name) {
    return TensorProtos.toFloats(tensor(values, name));
  }

  private static TensorProto tensor(Map<String, TensorProto> values, String name) {
    TensorProto value = values.get(name);
    if (value == null) {
      throw new IllegalStateException("the tensor \"" + name + "\" was not evaluated");
    }
    return value;
  }
}
