package org.tfmot.techniques.tflite;

import static org.tfmot.techniques.tflite.flatbuffer.SchemaFields.GRAPH_OPERATORS;
import static org.tfmot.techniques.tflite.flatbuffer.SchemaFields.GRAPH_TENSORS;
import static org.tfmot.techniques.tflite.flatbuffer.SchemaFields.MODEL_SUBGRAPHS;
import static org.tfmot.techniques.tflite.flatbuffer.SchemaFields.OPERATOR_INPUTS;
import static org.tfmot.techniques.tflite.flatbuffer.SchemaFields.OPERATOR_OUTPUTS;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.tfmot.techniques.tflite.flatbuffer.FlatTable;

/**
 * Rewrites the types of a model's endpoints: removes QUANTIZE behind inputs and DEQUANTIZE before
 * outputs, so that the caller passes and receives integers. The file is edited in place; the
 * operation's tensor remains in it, unused.
 */
final class EndpointTypeRewriting {

  private final ByteBuffer file;
  private final FlatTable graph;

  private EndpointTypeRewriting(byte[] bytes) {
    file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    graph = FlatTable.root(file).getTables(MODEL_SUBGRAPHS).get(0);
  }

  /**
   * Makes inputs, outputs, or both integers. An endpoint without QUANTIZE or DEQUANTIZE is left as
   * it is.
   */
  static TfLiteModel apply(TfLiteModel model, TensorType input, TensorType output) {
    TfLiteModel result = model;
    if (!input.isFloat()) {
      for (int index : model.inputs().values()) {
        result = remove(result, "QUANTIZE", index, true);
      }
    }
    if (!output.isFloat()) {
      for (int index : model.outputs().values()) {
        result = remove(result, "DEQUANTIZE", index, false);
      }
    }
    return result;
  }

  /** Removes operations of one operand; their users read that operand. */
  static TfLiteModel bypass(TfLiteModel model, List<Integer> operators) {
    if (operators.isEmpty()) {
      return model;
    }
    byte[] bytes = model.toByteArray();
    EndpointTypeRewriting edit = new EndpointTypeRewriting(bytes);
    for (int i = operators.size() - 1; i >= 0; i--) {
      TfLiteOperator operator = model.operators().get(operators.get(i));
      edit.removeOperator(operators.get(i));
      edit.redirect(operator.outputs().get(0), operator.inputs().get(0));
    }
    return TfLiteModel.of(bytes);
  }

  private static TfLiteModel remove(TfLiteModel model, String name, int endpoint, boolean isInput) {
    List<TfLiteOperator> users =
        model.operators().stream()
            .filter(op -> (isInput ? op.inputs() : op.outputs()).contains(endpoint))
            .toList();
    if (users.size() != 1 || !users.get(0).name().equals(name)) {
      return model;
    }
    TfLiteOperator border = users.get(0);
    int inner = (isInput ? border.outputs() : border.inputs()).get(0);
    byte[] bytes = model.toByteArray();
    EndpointTypeRewriting edit = new EndpointTypeRewriting(bytes);
    edit.removeOperator(model.operators().indexOf(border));
    edit.redirect(inner, endpoint);
    edit.shareTensor(inner, endpoint);
    return TfLiteModel.of(bytes);
  }

  /** Closes the gap in the list of operators, whose entries are relative to their own place. */
  private void removeOperator(int index) {
    int start = graph.vector(GRAPH_OPERATORS, 4);
    int count = file.getInt(start - 4);
    for (int i = index; i < count - 1; i++) {
      file.putInt(start + 4 * i, file.getInt(start + 4 * (i + 1)) + 4);
    }
    file.putInt(start - 4, count - 1);
  }

  private void redirect(int from, int to) {
    for (FlatTable operator : graph.getTables(GRAPH_OPERATORS)) {
      redirect(operator.vector(OPERATOR_INPUTS, 4), from, to);
      redirect(operator.vector(OPERATOR_OUTPUTS, 4), from, to);
    }
  }

  private void redirect(int start, int from, int to) {
    int count = start == 0 ? 0 : file.getInt(start - 4);
    for (int i = 0; i < count; i++) {
      if (file.getInt(start + 4 * i) == from) {
        file.putInt(start + 4 * i, to);
      }
    }
  }

  /** Makes two entries of the list of tensors describe the same one. */
  private void shareTensor(int from, int to) {
    int start = graph.vector(GRAPH_TENSORS, 4);
    file.putInt(start + 4 * to, file.getInt(start + 4 * from) + 4 * (from - to));
  }
}
