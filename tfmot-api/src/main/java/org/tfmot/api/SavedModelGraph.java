package org.tfmot.api;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.tensorflow.Graph;
import org.tensorflow.Output;
import org.tensorflow.TensorFlow;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.SaverDef;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.VariableDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorFlowErrors;
import org.tfmot.api.graph.TensorProtos;

/** The graph of a model as a SavedModel has it: with a signature, and nodes that restore values. */
final class SavedModelGraph {

  private final GraphModel model;
  private final GraphEditor editor;
  private final List<VariableDef> trainable = new ArrayList<>();

  private SavedModelGraph(GraphModel model) {
    this.model = model;
    this.editor = new GraphEditor(model.graphDef());
  }

  /**
   * Writes a model as a MetaGraphDef for serving.
   *
   * @throws IllegalArgumentException if the graph is not valid or an endpoint is not in it
   */
  static MetaGraphDef of(GraphModel model) {
    return new SavedModelGraph(model).build();
  }

  private MetaGraphDef build() {
    MetaGraphDef.Builder metaGraph =
        MetaGraphDef.newBuilder()
            .setMetaInfoDef(
                MetaGraphDef.MetaInfoDef.newBuilder()
                    .addTags(SavedModels.TAG)
                    .setTensorflowVersion(TensorFlow.version()));
    if (!model.variables().isEmpty()) {
      metaGraph.setSaverDef(addSaver());
    }
    return metaGraph
        .setGraphDef(editor.build())
        .putSignatureDef(SavedModels.DEFAULT_SIGNATURE, signature())
        .putAllCollectionDef(TrainingCollections.of(model.endpoints(), trainable))
        .build();
  }

  /** Nodes that save and restore all variables; the names in the checkpoint are theirs. */
  private SaverDef addSaver() {
    List<Variable> variables = List.copyOf(model.variables().values());
    List<String> names = variables.stream().map(Variable::name).toList();
    List<DataType> types = variables.stream().map(Variable::dtype).toList();
    String file =
        editor.add(
            NodeBuilder.op("Placeholder", unique("filename"))
                .attr("dtype", DataType.DT_STRING)
                .attr("shape", Shape.scalar())
                .build());
    String keys = constant("names", TensorProtos.strings(names));
    String slices = constant("slices", TensorProtos.strings(Collections.nCopies(names.size(), "")));
    NodeBuilder save = NodeBuilder.op("SaveV2", unique("SaveV2")).inputs(file, keys, slices);
    names.forEach(name -> save.inputs(VariableNodes.valueTensor(editor, name)));
    String saved = editor.add(save.attr("dtypes", types).build());
    String done =
        editor.add(
            NodeBuilder.op("Identity", unique("control_dependency"))
                .inputs(file, "^" + saved)
                .attr("T", DataType.DT_STRING)
                .build());
    String restored =
        editor.add(
            NodeBuilder.op("RestoreV2", unique("RestoreV2"))
                .inputs(file, keys, slices)
                .attr("dtypes", types)
                .build());
    NodeBuilder all = NodeBuilder.op("NoOp", unique("restore_all"));
    for (int i = 0; i < variables.size(); i++) {
      String assigned = addAssignment(variables.get(i), restored + ":" + i);
      all.inputs("^" + assigned);
      describe(variables.get(i), assigned);
    }
    return SaverDef.newBuilder()
        .setFilenameTensorName(file + ":0")
        .setSaveTensorName(done)
        .setRestoreOpName(editor.add(all.build()))
        .setVersion(SaverDef.CheckpointFormatVersion.V2)
        .build();
  }

  private String addAssignment(Variable variable, String value) {
    boolean reference = variable.kind() == Variable.Kind.REFERENCE;
    return editor.add(
        NodeBuilder.op(reference ? "Assign" : "AssignVariableOp", unique("Assign"))
            .inputs(variable.name(), value)
            .attr(reference ? "T" : "dtype", variable.dtype())
            .build());
  }

  private void describe(Variable variable, String assignment) {
    if (variable.trainable()) {
      trainable.add(
          VariableDef.newBuilder()
              .setVariableName(variable.name() + ":0")
              .setInitializerName(assignment)
              .setSnapshotName(VariableNodes.valueTensor(editor, variable.name()) + ":0")
              .setIsResource(variable.kind() == Variable.Kind.RESOURCE)
              .setTrainable(true)
              .build());
    }
  }

  private SignatureDef signature() {
    SignatureDef.Builder signature =
        SignatureDef.newBuilder().setMethodName("tensorflow/serving/predict");
    try (Graph graph = new Graph()) {
      TensorFlowErrors.importInto(graph, editor.build());
      model
          .inputs()
          .forEach((name, tensor) -> signature.putInputs(name, info(graph, name, tensor)));
      model
          .outputs()
          .forEach((name, tensor) -> signature.putOutputs(name, info(graph, name, tensor)));
    }
    return signature.build();
  }

  private static TensorInfo info(Graph graph, String name, String tensor) {
    Output<?> output = graph.output(tensor);
    if (output == null) {
      throw new IllegalArgumentException(
          "the graph has no tensor \"%s\" for \"%s\"".formatted(tensor, name));
    }
    return TensorInfo.newBuilder()
        .setName(tensor)
        .setDtype(output.dataType())
        .setTensorShape(TensorProtos.shapeProto(output.shape()))
        .build();
  }

  private String constant(String name, TensorProto value) {
    return editor.add(NodeBuilder.constant(unique(name), value));
  }

  private String unique(String name) {
    return editor.uniqueName("save/" + name);
  }
}
