package org.tfmot.techniques.tflite;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.tensorflow.Graph;
import org.tensorflow.Output;
import org.tensorflow.TensorFlow;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.SavedModel;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tfmot.api.graph.TensorFlowErrors;
import org.tfmot.api.graph.TensorProtos;

/** Writes a graph without variables as a SavedModel, which is what the converter reads. */
final class SavedModelWriter {

  static final String TAG = "serve";
  static final String SIGNATURE = "serving_default";

  private static final Set<String> VARIABLES = Set.of("VarHandleOp", "VariableV2", "Variable");

  private SavedModelWriter() {}

  /**
   * Writes {@code saved_model.pb} into a directory.
   *
   * @param inputs tensors ({@code node:index}) by the names that the signature gives them
   * @param outputs likewise
   * @throws IllegalArgumentException if the graph is not valid, has variables, or lacks one of the
   *     tensors
   */
  static void write(
      Path directory, GraphDef graphDef, Map<String, String> inputs, Map<String, String> outputs)
      throws IOException {
    requireFrozen(graphDef);
    SignatureDef.Builder signature =
        SignatureDef.newBuilder().setMethodName("tensorflow/serving/predict");
    try (Graph graph = new Graph()) {
      TensorFlowErrors.importInto(graph, graphDef);
      inputs.forEach((name, tensor) -> signature.putInputs(name, info(graph, "input", tensor)));
      outputs.forEach((name, tensor) -> signature.putOutputs(name, info(graph, "output", tensor)));
    }
    MetaGraphDef metaGraph =
        MetaGraphDef.newBuilder()
            .setMetaInfoDef(
                MetaGraphDef.MetaInfoDef.newBuilder()
                    .addTags(TAG)
                    .setTensorflowVersion(TensorFlow.version()))
            .setGraphDef(graphDef)
            .putSignatureDef(SIGNATURE, signature.build())
            .build();
    try (OutputStream file = Files.newOutputStream(directory.resolve("saved_model.pb"))) {
      SavedModel.newBuilder()
          .setSavedModelSchemaVersion(1)
          .addMetaGraphs(metaGraph)
          .build()
          .writeTo(file);
    }
  }

  private static void requireFrozen(GraphDef graphDef) {
    for (NodeDef node : graphDef.getNodeList()) {
      if (VARIABLES.contains(node.getOp())) {
        throw new IllegalArgumentException(
            "the graph still has the variable \"%s\": freeze it before converting"
                .formatted(node.getName()));
      }
    }
  }

  private static TensorInfo info(Graph graph, String role, String tensor) {
    Output<?> output = graph.output(tensor);
    if (output == null) {
      throw new IllegalArgumentException(
          "the graph has no tensor \"%s\" for an %s".formatted(tensor, role));
    }
    return TensorInfo.newBuilder()
        .setName(tensor)
        .setDtype(output.dataType())
        .setTensorShape(TensorProtos.shapeProto(output.shape()))
        .build();
  }
}
