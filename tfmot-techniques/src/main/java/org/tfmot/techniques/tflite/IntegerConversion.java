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
    GraphDef marked = markings().run(graphDef);
    GraphDef barred = barriers().run(marked);
    UnknownFieldSet flags = ConverterFlags.integer(type, !both);
    TfLiteModel model =
        type == TensorType.INT8 ? convertFunctions(barred, flags) : run(barred, flags);
    return filePasses(marked, inputType, outputType)
        .then(endChecks(inputType, outputType))
        .run(model);
  }

  /** Returns the passes that mark what the file computes in integers. */
  private Passes<GraphDef> markings() {
    Passes<GraphDef> marks =
        Passes.<GraphDef>start()
            .pass(
                "folded operands",
                graph -> FoldedOperands.fold(graph, inputs.values(), outputs.values()))
            .pass(
                "bit widths", graph -> BitWidths.apply(graph, inputs.values(), type, allowedFloat));
    return type == TensorType.INT16 ? marks.pass("16-bit movements", Int16Movements::mark) : marks;
  }

  /** Returns the passes that keep the converter from what is to stay in float. */
  private Passes<GraphDef> barriers() {
    return Passes.<GraphDef>start()
        .pass("float barriers", graph -> FloatBarriers.add(graph, inputs.values()))
        .pass("saturated inputs", graph -> SaturatedInputs.cutOff(graph, type.bits()));
  }

  /**
   * Returns the passes over the file that the converter made, with the checks of what they rely on.
   *
   * @param marked the graph before the barriers
   */
  private Passes<TfLiteModel> filePasses(
      GraphDef marked, TensorType inputType, TensorType outputType) {
    Passes<TfLiteModel> start =
        Passes.<TfLiteModel>start()
            // Before the barriers go, which keep what is to be in float from it.
            .pass("integer reads", IntegerReads::apply)
            .pass("float barriers", model -> FloatBarriers.remove(model, marked));
    return type == TensorType.INT16
        ? start
            .pass("16-bit movements", Int16Movements::apply)
            .pass("endpoint types", model -> endpointTypes(model, inputType, outputType))
            .check("operators", this::checkOperators)
            .check("16-bit kernels", Int16Kernels::check)
            .pass("16-bit adaptation", model -> Int16Adaptation.apply(model, graphDef))
        : start
            .pass("endpoint types", model -> endpointTypes(model, inputType, outputType))
            .pass("byte endpoints", model -> byteEndpoints(model, inputType, outputType))
            .check("operators", this::checkOperators)
            .pass("bias rescaling", model -> BiasRescaling.apply(model, graphDef))
            .pass("split fusion", SplitFusion::apply);
  }

  /** Returns the checks of the finished file. */
  private Passes<TfLiteModel> endChecks(TensorType inputType, TensorType outputType) {
    return Passes.<TfLiteModel>start()
        .check("activations", model -> IntegerCheck.checkActivations(model, type))
        .check("endpoints", model -> IntegerCheck.checkEndpoints(model, inputType, outputType))
        .check("runtime", IntegerConversion::requireRunnable);
  }

  private void checkOperators(TfLiteModel model) {
    IntegerCheck.check(model, new GraphNames(model, graphDef, outputs), allowedFloat);
    IntegerCheck.checkWeights(model);
  }

  private TfLiteModel endpointTypes(
      TfLiteModel model, TensorType inputType, TensorType outputType) {
    boolean converted = inputType == type && outputType == type;
    return converted
        ? model
        : EndpointTypeRewriting.apply(model, inner(inputType, type), inner(outputType, type));
  }

  private static TensorType inner(TensorType asked, TensorType integers) {
    return asked == integers ? asked : TensorType.FLOAT32;
  }

  private static TfLiteModel byteEndpoints(
      TfLiteModel model, TensorType inputType, TensorType outputType) {
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
