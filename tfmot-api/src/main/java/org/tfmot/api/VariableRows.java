package org.tfmot.api;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;

/**
 * Embeddings that read rows behind a variable's handle, as Python writes them, read them from its
 * value instead: techniques know the weight then, it can be trained from Java, which has no
 * gradient of {@code ResourceGather}, and frozen.
 */
final class VariableRows {

  private VariableRows() {}

  static GraphModel ofValues(GraphModel model) {
    GraphEditor editor = new GraphEditor(model.graphDef());
    boolean changed = false;
    for (NodeDef node : editor.nodes()) {
      if (node.getOp().equals("ResourceGather")
          && editor.input(node, 0).getOp().equals("VarHandleOp")) {
        editor.replace(gather(editor, node));
        changed = true;
      }
    }
    return changed
        ? GraphModel.of(editor.build(), model.endpoints(), model.variables().values())
        : model;
  }

  private static NodeDef gather(GraphEditor editor, NodeDef rows) {
    String name = rows.getName();
    String read =
        editor.add(
            NodeBuilder.op(VariableNodes.READ, editor.uniqueName(name + "/Read/ReadVariableOp"))
                .inputs(reading(rows))
                .attr("dtype", rows.getAttrOrThrow("dtype").getType())
                .build());
    String axis = editor.add(axis(editor.uniqueName(name + "/axis"), rows));
    return gather(rows, read, axis);
  }

  /** A constant that says along which dimension of a table its rows are. */
  static NodeDef axis(String name, NodeDef rows) {
    // The first one that is not one of the batch.
    return NodeBuilder.constant(name, TensorProtos.scalar(batch(rows)));
  }

  /** The rows of a table's value. */
  static NodeDef gather(NodeDef rows, String table, String axis) {
    return NodeBuilder.op("GatherV2", rows.getName())
        .inputs(table, rows.getInput(1), axis)
        .attr("Tparams", rows.getAttrOrThrow("dtype").getType())
        .attr("Tindices", rows.getAttrOrThrow("Tindices").getType())
        .attr("Taxis", DataType.DT_INT32)
        .attr("batch_dims", batch(rows))
        .build();
  }

  private static int batch(NodeDef rows) {
    return (int) rows.getAttrOrDefault("batch_dims", AttrValue.getDefaultInstance()).getI();
  }

  /** The variable, and what the rows wait for. */
  private static String[] reading(NodeDef rows) {
    List<String> inputs = new ArrayList<>(rows.getInputList());
    inputs.remove(1);
    return inputs.toArray(String[]::new);
  }
}
