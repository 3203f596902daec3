package org.tfmot.techniques.weights;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.GraphModel;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;

/**
 * A model for finding weights in any model: what could be a weight is a trainable variable, also
 * where it is a constant or was not to be trained.
 *
 * @param model the other model; all nodes keep their names
 * @param constants the constants that are variables there: the variable's name to the constant's
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public record ThawedModel(GraphModel model, Map<String, String> constants) {

  /** Copies the map. */
  public ThawedModel {
    constants = Map.copyOf(constants);
  }

  /** Thaws a model. */
  public static ThawedModel of(GraphModel model) {
    ModelEditor editor = new ModelEditor(model);
    Map<String, String> constants = new LinkedHashMap<>();
    for (NodeDef node : editor.graph().nodes()) {
      if (isWeight(node)) {
        constants.put(thaw(editor, node), node.getName());
      }
    }
    GraphModel thawed = editor.build();
    List<Variable> variables = new ArrayList<>();
    for (Variable each : thawed.variables().values()) {
      variables.add(each.withTrainable(each.dtype() == DataType.DT_FLOAT));
    }
    GraphModel trainable = GraphModel.of(thawed.graphDef(), thawed.endpoints(), variables);
    return new ThawedModel(trainable, constants);
  }

  /** The model that was thawed with other values for some variables and constants. */
  public GraphModel freezeAgain(GraphModel original, Map<String, TensorProto> values) {
    ModelEditor editor = new ModelEditor(original);
    values.forEach(
        (variable, value) -> {
          String constant = constants.get(variable);
          if (constant == null) {
            editor.setValue(variable, value);
          } else {
            NodeDef.Builder node = editor.graph().node(constant).toBuilder();
            AttrValue.Builder attribute = AttrValue.newBuilder().setTensor(value);
            editor.graph().replace(node.putAttr("value", attribute.build()).build());
          }
        });
    return editor.build();
  }

  private static boolean isWeight(NodeDef node) {
    if (!node.getOp().equals("Const")) {
      return false;
    }
    TensorProto value = node.getAttrOrThrow("value").getTensor();
    return value.getDtype() == DataType.DT_FLOAT && TensorProtos.shape(value).numDimensions() >= 2;
  }

  private static String thaw(ModelEditor editor, NodeDef constant) {
    TensorProto value = constant.getAttrOrThrow("value").getTensor();
    String variable = editor.graph().uniqueName(constant.getName() + "/thawed");
    // A constant may be one number for all its elements; a variable has each.
    TensorProto whole =
        TensorProtos.floats(TensorProtos.shape(value), TensorProtos.toFloats(value));
    String read = editor.addVariable(variable, whole, true);
    editor
        .graph()
        .replace(
            NodeBuilder.op("Identity", constant.getName())
                .inputs(read)
                .attr("T", DataType.DT_FLOAT)
                .build());
    return variable;
  }
}
