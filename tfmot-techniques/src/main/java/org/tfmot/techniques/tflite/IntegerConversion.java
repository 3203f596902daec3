package org.tfmot.techniques.tflite;

import com.google.protobuf.UnknownFieldSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.techniques.lowering.EqualOperations;
import org.tfmot.techniques.lowering.FakeQuant;
import org.tfmot.techniques.lowering.FoldedOperands;
import org.tfmot.techniques.lowering.FunctionMarkers;
import org.tfmot.techniques.lowering.SaturatedInputs;
import org.tfmot.techniques.lowering.SplitLowering;
import org.tfmot.techniques.lowering.ZeroPointTies;

/**
 * Makes a file of integers of a graph that simulates quantization: writes the graph so that
 * TensorFlow's converter quantizes what the simulation does, and the file so that the runtime
 * computes it.
 *
 * @param type of the activations, {@code INT8} or {@code INT16}
 * @param allowedFloat the operations that may stay in float, by name or scope
 */
record IntegerConversion(
    GraphDef graphDef,
    Map<String, String> inputs,
    Map<String, String> outputs,
    TensorType type,
    Set<String> allowedFloat) {

  /**
   * Returns a conversion of each operation once, in which no output is a part of a split: the parts
   * are cut out one by one.
   */
  static IntegerConversion of(
      GraphDef graphDef,
      Map<String, String> inputs,
      Map<String, String> outputs,
      TensorType type,
      Set<String> allowedFloat) {
    GraphEditor editor = new GraphEditor(graphDef);
    Map<String, String> named = new LinkedHashMap<>();
    outputs.forEach((name, tensor) -> named.put(name, outputOf(editor, tensor)));
    EqualOperations once =
        EqualOperations.merge(editor.build(), inputs.values(), List.copyOf(named.values()));
    named.replaceAll((name, tensor) -> once.tensor(tensor));
    return new IntegerConversion(once.graphDef(), inputs, named, type, allowedFloat);
  }

  private static String outputOf(GraphEditor editor, String tensor) {
    NodeDef split = editor.producer(tensor);
    if (!SplitLowering.isSplit(split)) {
      return tensor;
    }
    return editor.add(
        NodeBuilder.op("Identity", editor.uniqueName(split.getName() + "/output"))
            .inputs(tensor)
            .attr("T", split.getAttrOrThrow("T"))
            .build());
  }

  /**
   * Converts a graph that simulates quantization.
   *
   * @param inputType of the file's inputs
   * @param outputType of the file's outputs
   * @throws TfLiteConversionException if an operation that is not allowed to would stay in float,
   *     or the runtime cannot run what the graph becomes
   */
  TfLiteModel convert(TensorType inputType, TensorType outputType) {
    if (type == TensorType.INT16) {
      requireWideSimulation();
    }
    // The converter knows inputs and outputs of one and the same type only.
    boolean both = inputType == type && outputType == type;
    GraphDef folded = FoldedOperands.fold(graphDef, inputs.values(), outputs.values());
    GraphDef widths = BitWidths.apply(folded, inputs.values(), type, allowedFloat);
    if (type == TensorType.INT16) {
      widths = Int16Movements.mark(widths);
    }
    GraphDef barred =
        SaturatedInputs.cutOff(FloatBarriers.add(widths, inputs.values()), type.bits());
    UnknownFieldSet flags = ConverterFlags.integer(type, !both);
    TfLiteModel model =
        type == TensorType.INT8 ? convertFunctions(barred, flags) : run(barred, flags);
    // Before the barriers go, which keep what is to be in float from it.
    model = FloatBarriers.remove(IntegerReads.apply(model), widths);
    if (type == TensorType.INT16) {
      model = Int16Movements.apply(model);
    }
    if (!both) {
      model = EndpointTypeRewriting.apply(model, inner(inputType, type), inner(outputType, type));
    }
    model = withBytes(model, inputType, outputType);
    IntegerCheck.check(model, new GraphNames(model, graphDef, outputs), allowedFloat);
    IntegerCheck.checkWeights(model);
    if (type == TensorType.INT16) {
      Int16Kernels.check(model);
      model = Int16Adaptation.apply(model, graphDef);
    } else {
      model = SplitFusion.apply(BiasRescaling.apply(model, graphDef));
    }
    IntegerCheck.checkActivations(model, type);
    IntegerCheck.checkEndpoints(model, inputType, outputType);
    requireRunnable(model);
    return model;
  }

  private static TensorType inner(TensorType asked, TensorType integers) {
    return asked == integers ? asked : TensorType.FLOAT32;
  }

  private TfLiteModel withBytes(TfLiteModel model, TensorType inputType, TensorType outputType) {
    if (type != TensorType.INT8) {
      return model;
    }
    TfLiteModel result = ByteEndpoints.withoutCasts(model);
    result = inputType == TensorType.UINT8 ? ByteEndpoints.ofInputs(result) : result;
    return outputType == TensorType.UINT8 ? ByteEndpoints.ofOutputs(result) : result;
  }

  /** Converts to int8 with the functions that the converter knows in float only. */
  private TfLiteModel convertFunctions(GraphDef graph, UnknownFieldSet flags) {
    FunctionMarkers markers =
        FunctionMarkers.find(ZeroPointTies.settle(graph), inputs.values(), outputs.values());
    TfLiteModel model = run(markers.marked(), flags);
    Set<String> missing = FunctionKernels.missing(model, markers);
    if (!missing.isEmpty()) {
      markers.drop(missing);
      model = run(markers.marked(), flags);
    }
    return FunctionKernels.apply(model, markers);
  }

  private TfLiteModel run(GraphDef graph, UnknownFieldSet flags) {
    return new GraphConversion(inputs, outputs, type).convert(graph, flags);
  }

  private static void requireRunnable(TfLiteModel model) {
    try {
      new InputShapes(model).firstTaken(inputs -> KernelRules.check(model, inputs));
    } catch (IllegalArgumentException e) {
      throw new TfLiteConversionException(
          "the runtime cannot run what the graph becomes: " + e.getMessage(), e);
    }
  }

  private void requireWideSimulation() {
    boolean found =
        graphDef.getNodeList().stream()
            .filter(node -> node.getOp().startsWith("FakeQuant"))
            .anyMatch(node -> FakeQuant.bits(node) > 8);
    if (!found) {
      throw new IllegalArgumentException(
          "int16x8() needs a graph that simulates 16-bit activations, and this one has no FakeQuant"
              + " operation of more than 8: calibrate with activationBits(16), or convert with"
              + " int8()");
    }
  }
}
