package org.tfmot.techniques.quantization.plan;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.GraphModel;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.weights.StaticTensors;

/**
 * Folds batch norm in inference mode into the convolution or matrix product before it: {@code w' =
 * w * s} and {@code b' = beta + (b - mean) * s} with {@code s = gamma / sqrt(variance + epsilon)}
 * per output channel (Jacob et al., 2018, section 3.2). A weight that is 0 stays 0.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class BatchNormFolding {

  private static final String DATA_FORMAT = "data_format";

  private final ModelEditor model;
  private final BatchNormChain chain;
  private final Map<String, TensorProto> values;

  private BatchNormFolding(
      ModelEditor model, BatchNormChain chain, Map<String, TensorProto> values) {
    this.model = model;
    this.chain = chain;
    this.values = values;
  }

  /**
   * A folded model.
   *
   * @param model the same computation
   * @param scales {@code s} of each operation that a batch norm was folded into
   */
  public record Folded(GraphModel model, Map<String, double[]> scales) {

    public Folded {
      scales = Map.copyOf(scales);
    }
  }

  /**
   * The same computation without the batch norms that can be folded.
   *
   * @throws IllegalArgumentException if a batch norm normalizes with the batch's statistics
   */
  public static Folded fold(GraphModel inference) {
    ModelEditor editor = new ModelEditor(inference);
    DataFlow flow = new DataFlow(editor);
    flow.operations().forEach(BatchNormFolding::requireInference);
    Collection<BatchNormChain> chains = BatchNormChain.find(editor, flow).values();
    List<String> tensors = chains.stream().flatMap(chain -> chain.tensors().stream()).toList();
    Map<String, TensorProto> values = StaticTensors.evaluate(inference, tensors);
    Map<String, double[]> scales = new HashMap<>();
    for (BatchNormChain chain : chains) {
      scales.put(chain.operation().getName(), new BatchNormFolding(editor, chain, values).fold());
    }
    return new Folded(editor.build(), scales);
  }

  private static void requireInference(NodeDef node) {
    if (Patterns.isTrainingBatchNorm(node)) {
      throw new IllegalArgumentException(
          ("the batch norm \"%s\" normalizes with the statistics of the batch (is_training is"
                  + " true), but the model is said to be for inference: build it with is_training"
                  + " false, or call training(true) on its endpoints, so that it can be converted")
              .formatted(node.getName()));
    }
  }

  private double[] fold() {
    NormFactors factors = NormFactors.of(chain.norm(), this::floats);
    double[] scale = factors.scale();
    NodeDef biasAdd = chain.bias();
    float[] bias =
        biasAdd == null ? new float[scale.length] : floats(biasAdd.getInput(chain.biasInput()));
    float[] offsets = factors.offsets(bias);
    write(scaledWeight(scale), TensorProtos.floats(Shape.of(offsets.length), offsets));
    return scale;
  }

  private TensorProto scaledWeight(double[] scale) {
    TensorProto value = tensor(chain.operation().getInput(1));
    Shape shape = TensorProtos.shape(value);
    float[] weights = TensorProtos.toFloats(value);
    boolean transposed = Patterns.isTransposed(chain.operation());
    int rowLength = transposed ? (int) shape.get(shape.numDimensions() - 1) : 1;
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (float) (weights[i] * scale[i / rowLength % scale.length]);
    }
    return TensorProtos.floats(shape, weights);
  }

  private void write(TensorProto weight, TensorProto bias) {
    String name = chain.operation().getName();
    String kernel = model.addVariable(name + "/folded_kernel", weight, true);
    String offset = model.addVariable(name + "/folded_bias", bias, true);
    model.graph().setInput(name, 1, kernel);
    NodeDef norm = chain.norm();
    // The last node takes the batch norm's name: what reads the one now reads the other.
    if (chain.reshapes().isEmpty()) {
      model.graph().replace(biasAdd(norm.getName(), name, offset));
      return;
    }
    String sum = name + "/folded";
    model.graph().add(biasAdd(sum, name, offset));
    model.graph().setInput(chain.reshapes().get(0).getName(), 0, sum);
    model
        .graph()
        .replace(
            NodeBuilder.op("Identity", norm.getName())
                .inputs(norm.getInput(0))
                .attr("T", DataType.DT_FLOAT)
                .build());
  }

  private NodeDef biasAdd(String name, String product, String offset) {
    NodeBuilder node =
        NodeBuilder.op("BiasAdd", name).inputs(product, offset).attr("T", DataType.DT_FLOAT);
    NodeDef operation = chain.operation();
    if (operation.containsAttr(DATA_FORMAT)) {
      node.attr(DATA_FORMAT, operation.getAttrOrThrow(DATA_FORMAT));
    }
    return node.build();
  }

  private float[] floats(String name) {
    return TensorProtos.toFloats(tensor(name));
  }

  private TensorProto tensor(String name) {
    TensorProto value = values.get(name);
    if (value == null) {
      throw new IllegalStateException("the tensor \"" + name + "\" was not evaluated");
    }
    return value;
  }
}
