package org.tfmot.techniques.tflite;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.GraphDef;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.functions.ScalarFunction;
import org.tfmot.techniques.lowering.FunctionMarkers;
import org.tfmot.techniques.tflite.flatbuffer.BuiltinOperators;
import org.tfmot.techniques.tflite.flatbuffer.BuiltinOperators.Code;
import org.tfmot.techniques.weights.StaticTensors;

/**
 * Gives a converted file the functions in the places of their markers ({@link FunctionMarkers}): an
 * {@code ELU} or a {@code PRELU}, for which the runtime has integer kernels, or a table. Of 8 bits
 * a function has 256 values, those that TensorFlow computes from the 256 inputs, rounded to the
 * scale of the output. {@code GATHER} reads them, by the input's integers as numbers from 0 on:
 * {@code QUANTIZE} to uint8 with the same scale, {@code CAST} to int32.
 */
final class FunctionKernels {

  private static final int CODES = 256;
  private static final Code GATHER = BuiltinOperators.code("GATHER", 2);
  private static final Code QUANTIZE = BuiltinOperators.code("QUANTIZE", 2);
  private static final Code CAST = BuiltinOperators.code("CAST", 3);
  private static final Code ELU = BuiltinOperators.code("ELU", 1);
  private static final Code PRELU = BuiltinOperators.code("PRELU", 1);

  private final TfLiteModel model;
  private final FunctionMarkers markers;

  private FunctionKernels(TfLiteModel model, FunctionMarkers markers) {
    this.model = model;
    this.markers = markers;
  }

  /** The functions whose markers a file has not in int8. */
  static Set<String> missing(TfLiteModel model, FunctionMarkers markers) {
    FunctionKernels kernels = new FunctionKernels(model, markers);
    Set<String> missing = new LinkedHashSet<>(markers.functions().keySet());
    missing.addAll(markers.relus().keySet());
    missing.removeAll(kernels.places().keySet());
    return missing;
  }

  /** The model with the functions. */
  static TfLiteModel apply(TfLiteModel model, FunctionMarkers markers) {
    return new FunctionKernels(model, markers).apply();
  }

  private TfLiteModel apply() {
    Map<String, Integer> places = places();
    if (places.isEmpty()) {
      return model;
    }
    FileEdit edit = new FileEdit(model);
    Map<String, float[]> values = evaluate(places);
    GraphEditor origin = new GraphEditor(markers.origin());
    places.forEach(
        (end, index) -> {
          TfLiteOperator marker = model.operators().get(index);
          edit.remove(index);
          if (markers.relus().containsKey(end)) {
            edit.add(index, PRELU, marker.inputs(), marker.outputs());
          } else if (isElu(origin, end)) {
            edit.add(index, ELU, marker.inputs(), marker.outputs());
          } else {
            table(edit, index, marker, Objects.requireNonNull(values.get(end)));
          }
        });
    return edit.build();
  }

  /** A function that is one operation for which the runtime has a kernel. */
  private boolean isElu(GraphEditor origin, String end) {
    ScalarFunction function = Objects.requireNonNull(markers.functions().get(end));
    return function.inner().isEmpty() && origin.node(end).getOp().equals("Elu");
  }

  private void table(FileEdit edit, int index, TfLiteOperator marker, float[] values) {
    int input = marker.inputs().get(0);
    int output = marker.outputs().get(0);
    String name = model.tensors().get(output).name();
    Quantization to = model.tensors().get(output).quantization().orElseThrow();
    byte[] table = new byte[CODES];
    for (int i = 0; i < CODES; i++) {
      table[i] = integer(values[i], to);
    }
    Quantization from = model.tensors().get(input).quantization().orElseThrow();
    int bytes = edit.addBytes(name + "/codes", from, input);
    int places = edit.addTensor(name + "/places", TensorType.INT32, input);
    int constant = edit.addConstant(name + "/table", TensorType.INT8, table, output);
    edit.add(index, QUANTIZE, List.of(input), List.of(bytes));
    edit.add(index, CAST, List.of(bytes), List.of(places));
    edit.add(index, GATHER, List.of(constant, places), List.of(output));
  }

  /** The integer of a value that simulated quantization has rounded; what is no number is 0. */
  private static byte integer(float value, Quantization to) {
    long scaled = Float.isNaN(value) ? 0 : Math.round(value / (double) scale(to));
    long shifted = scaled + to.zeroPoints().get(0);
    return (byte) Math.max(Byte.MIN_VALUE, Math.min(Byte.MAX_VALUE, shifted));
  }

  /** The values of each function at all inputs, as TensorFlow computes and rounds them. */
  private Map<String, float[]> evaluate(Map<String, Integer> places) {
    GraphEditor graph = new GraphEditor(markers.origin());
    Map<String, String> quantizers = new LinkedHashMap<>();
    places.forEach(
        (end, index) -> {
          ScalarFunction function = markers.functions().get(end);
          if (function != null) {
            int input = model.operators().get(index).inputs().get(0);
            feed(graph, function, model.tensors().get(input).quantization().orElseThrow());
            quantizers.put(markers.quantizer(end), end);
          }
        });
    Map<String, float[]> values = new LinkedHashMap<>();
    if (quantizers.isEmpty()) {
      return values;
    }
    GraphDef fed = graph.build();
    Endpoints.Builder endpoints = Endpoints.builder().training(false);
    quantizers.keySet().forEach(tensor -> endpoints.output(tensor, tensor));
    GraphModel tables = GraphModel.of(fed, endpoints.build(), List.of());
    StaticTensors.evaluate(tables, quantizers.keySet())
        .forEach((node, value) -> values.put(quantizers.get(node), TensorProtos.toFloats(value)));
    return values;
  }

  private static void feed(GraphEditor graph, ScalarFunction function, Quantization from) {
    float[] inputs = new float[CODES];
    for (int i = 0; i < CODES; i++) {
      inputs[i] = (i + Byte.MIN_VALUE - from.zeroPoints().get(0)) * scale(from);
    }
    String name = graph.uniqueName(function.end() + "/all_inputs");
    graph.add(NodeBuilder.constant(name, TensorProtos.floats(Shape.of(CODES), inputs)));
    Set<String> nodes = new LinkedHashSet<>(function.inner());
    nodes.add(function.end());
    graph.redirect(function.input(), TensorRef.of(name), user -> nodes.contains(user.getName()));
  }

  private static float scale(Quantization quantization) {
    return quantization.scales().get(0);
  }

  /** The operators that are markers in int8, by the function. */
  private Map<String, Integer> places() {
    Map<String, Integer> places = new LinkedHashMap<>();
    for (int i = 0; i < model.operators().size(); i++) {
      TfLiteOperator operator = model.operators().get(i);
      String name = model.tensors().get(operator.outputs().get(0)).name();
      if (FunctionMarkers.OPERATORS.contains(operator.name()) && isInt8(operator)) {
        put(places, markers.functions().keySet(), name, i);
      } else if (operator.name().equals("MUL") && isInt8(operator)) {
        put(places, markers.relus().keySet(), name, i);
      }
    }
    return places;
  }

  private static void put(Map<String, Integer> places, Set<String> ends, String name, int index) {
    // A fused operation bears the names of all its nodes.
    for (String node : name.split(";", -1)) {
      if (ends.contains(node)) {
        places.put(node, index);
      }
    }
  }

  private boolean isInt8(TfLiteOperator operator) {
    List<Integer> all = new ArrayList<>(operator.inputs());
    all.addAll(operator.outputs());
    return all.stream().allMatch(i -> model.tensors().get(i).type() == TensorType.INT8);
  }
}
