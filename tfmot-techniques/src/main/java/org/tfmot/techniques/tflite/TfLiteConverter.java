package org.tfmot.techniques.tflite;

import com.google.protobuf.UnknownFieldSet;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apiguardian.api.API;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.GraphModel;
import org.tfmot.api.graph.Arguments;
import org.tfmot.api.graph.GraphCheck;
import org.tfmot.api.graph.NearestNames;
import org.tfmot.techniques.lowering.FakeQuant;
import org.tfmot.techniques.lowering.FiniteWeights;

/**
 * Converts a TensorFlow graph to TensorFlow Lite with TensorFlow's own converter, in this process.
 *
 * <pre>{@code
 * TfLiteModel lite = TfLiteConverter.of(model).int8().convert();
 * }</pre>
 *
 * <p>Runs on 64-bit Linux, on the releases of TensorFlow that were tried (2.16.2 and 2.18.0); all
 * others are refused with a sentence.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class TfLiteConverter {

  private enum Mode {
    FLOAT32,
    FLOAT16,
    DYNAMIC_RANGE,
    INT8,
    INT16X8
  }

  private final GraphDef graphDef;
  private final Map<String, String> inputs;
  private final Map<String, String> outputs;
  private final Set<String> allowedFloat = new TreeSet<>();
  private Mode mode = Mode.FLOAT32;
  private boolean chosen;
  private boolean sparse;
  private TensorType inputType = TensorType.FLOAT32;
  private TensorType outputType = TensorType.FLOAT32;

  private TfLiteConverter(
      GraphDef graphDef, Map<String, String> inputs, Map<String, String> outputs) {
    FiniteWeights.verify(graphDef);
    FakeQuant.verifyAttributes(graphDef);
    this.graphDef = graphDef;
    this.inputs = new LinkedHashMap<>(inputs);
    this.outputs = new LinkedHashMap<>(outputs);
    if (inputs.isEmpty() || outputs.isEmpty()) {
      throw new IllegalArgumentException(
          "a conversion needs named inputs and outputs, not inputs %s and outputs %s"
              .formatted(inputs, outputs));
    }
  }

  /**
   * Refuses systems that conversion does not run on, so that a long job can ask before it starts.
   *
   * @throws TfLiteConversionException on anything but 64-bit Linux
   */
  public static void requireSupportedPlatform() {
    LoadedLibraries.requireSupportedPlatform();
  }

  /**
   * Converts a model: for inference, with its variables' values as constants, and with float32 for
   * inputs and outputs of other floating-point types.
   *
   * @throws IllegalArgumentException if a weight has a value that is not finite
   */
  public static TfLiteConverter of(GraphModel model) {
    Arguments.require(model, "model");
    FiniteWeights.verify(model);
    GraphModel frozen = model.toInference().freezeToFloat32();
    return new TfLiteConverter(frozen.graphDef(), frozen.inputs(), frozen.outputs());
  }

  /**
   * Converts a graph whose variables are constants.
   *
   * @param graphDef the graph
   * @param inputs tensors ({@code node:index}) by the names that the signature gives them
   * @param outputs likewise
   * @throws IllegalArgumentException if there is no input or no output, the graph is not valid, or
   *     a weight has a value that is not finite
   */
  public static TfLiteConverter of(
      GraphDef graphDef, Map<String, String> inputs, Map<String, String> outputs) {
    Arguments.require(graphDef, "graphDef");
    Arguments.require(inputs, "inputs");
    Arguments.require(outputs, "outputs");
    GraphCheck.verify(graphDef);
    return new TfLiteConverter(graphDef, inputs, outputs);
  }

  /** Keeps everything in float32: the default. */
  public TfLiteConverter float32() {
    return mode(Mode.FLOAT32);
  }

  /**
   * Stores each weight that has enough zeros without them, for {@link #float32}: its other values
   * and their places, in the format's sparse encoding, behind a {@code DENSIFY}. About 5 to 6 bytes
   * a value instead of 4, so that it pays from a quarter to a third of zeros on.
   *
   * <p>The runtime unpacks the weights once, when the model is opened. XNNPACK then computes with
   * the zeros left out if (1) they are encoded so: zeros in a dense file make nothing faster; (2)
   * the processor is not an x86 one with AVX: there XNNPACK computes everything densely, and the
   * encoding makes the file smaller but nothing faster; (3) the graph is one that it can compute so
   * ({@code Pruning.Builder.forLatency}), with more than two thirds of zeros in its 1x1
   * convolutions. {@link TfLiteInterpreter} needs no setting for it.
   */
  public TfLiteConverter sparse() {
    sparse = true;
    return this;
  }

  /**
   * Stores weights in float16: half the file, computed in float32. What float16 does not hold, such
   * as the epsilon of a norm, stays float32.
   */
  public TfLiteConverter float16() {
    return mode(Mode.FLOAT16);
  }

  /**
   * Stores weights in int8, with a scale per channel; activations stay float and are quantized on
   * the fly. A quarter of the file. How fast it is depends on the runtime: {@link
   * TfLiteInterpreter} has XNNPACK run it in about the time of an int8 model, while a runtime with
   * default settings runs it on slower kernels. Constants of fewer than 1024 elements stay float,
   * and so do the kernels of depthwise convolutions, which XNNPACK does not take otherwise:
   * MobileNetV1 with int8 kernels is three times slower than in float, with float kernels three
   * times faster, in a file that is 3 % larger.
   */
  public TfLiteConverter dynamicRange() {
    return mode(Mode.DYNAMIC_RANGE);
  }

  /**
   * Computes in int8. The graph says how, by its {@code FakeQuant} operations on weights, inputs
   * and activations, as quantization-aware training or a calibration put them there.
   *
   * <p>A weight that is simulated in fewer than 8 bits has the values of the simulation in the
   * file, of which there are 2 to the power of the bits at most. An activation of fewer bits keeps
   * its range, but the file has 256 values in it: from equal inputs it differs by half of the
   * simulation's step and half of its own at most, and is nearer to float. More than 8 bits are
   * refused unless {@link #allowFloat} names the layer.
   */
  public TfLiteConverter int8() {
    return mode(Mode.INT8);
  }

  /**
   * Computes with activations of int16, symmetric around 0, weights of int8 and biases of int64.
   * The graph says how, by {@code FakeQuant} operations of 16 bits on inputs and activations and of
   * 8 bits on weights, as {@code PostTrainingQuantization} with {@code activationBits(16)} puts
   * them there. Fewer bits are taken as in {@link #int8}. A range that is not symmetric becomes one
   * that is; where the simulation cuts off values at the nearer end, the file has an operation for
   * it. For models that lose too much in int8: nearly as exact as float in a quarter of the file.
   * Smaller, but not faster: XNNPACK has no kernels for int16, so the runtime's own run it, about
   * sixteen times slower than float on ResNet-20.
   */
  public TfLiteConverter int16x8() {
    return mode(Mode.INT16X8);
  }

  /**
   * Sets the type of the inputs: {@link TensorType#FLOAT32}, the default, {@link TensorType#INT8}
   * for {@link #int8}, or {@link TensorType#INT16} for {@link #int16x8}.
   */
  public TfLiteConverter inputType(TensorType type) {
    Arguments.require(type, "type");
    inputType = requireEndpointType(type);
    return this;
  }

  /**
   * Sets the type of the outputs: {@link TensorType#FLOAT32}, the default, {@link TensorType#INT8}
   * for {@link #int8}, or {@link TensorType#INT16} for {@link #int16x8}.
   */
  public TfLiteConverter outputType(TensorType type) {
    Arguments.require(type, "type");
    outputType = requireEndpointType(type);
    return this;
  }

  /**
   * Allows {@link #int8} and {@link #int16x8} to leave some operations in float: those that a
   * technique skipped on purpose. {@link TfLiteModel#floatOperators()} of the result tells which
   * ones were. The other modes refuse it.
   *
   * @param nodes names of nodes, or of scopes, of the graph; others are refused by {@link #convert}
   */
  public TfLiteConverter allowFloat(String... nodes) {
    return allowFloat(Arguments.list(nodes, "nodes"));
  }

  /** See {@link #allowFloat(String...)}. */
  public TfLiteConverter allowFloat(Collection<String> nodes) {
    Arguments.require(nodes, "nodes");
    allowedFloat.addAll(nodes);
    return this;
  }

  /**
   * Converts.
   *
   * @throws TfLiteConversionException if the rank of an input is open; if the converter refuses,
   *     with its own message; or if integers were asked for and operations stayed in float or have
   *     other integers, with their names
   * @throws IllegalArgumentException if the graph is not valid, has variables, or lacks an input or
   *     output; or if integer inputs or outputs were asked for in another mode, another mode for a
   *     graph with simulated quantization, or int16x8 for one that simulates nothing in more than 8
   *     bits
   */
  public TfLiteModel convert() {
    if (sparse && mode != Mode.FLOAT32) {
      throw new IllegalArgumentException(
          "sparse() stores weights of float32, not " + mode + ": leave one of the two out");
    }
    OpenInputs.requireRanks(graphDef, inputs);
    TensorType integer = integerType();
    requireEndpointType(inputType, integer);
    requireEndpointType(outputType, integer);
    try {
      return integer.isFloat() ? convertToFloat() : convertToIntegers(integer);
    } catch (TfLiteConversionException e) {
      throw OpenInputs.explain(OpenLoops.explain(e, graphDef, inputs, outputs), graphDef, inputs);
    }
  }

  private TfLiteModel convertToFloat() {
    if (!allowedFloat.isEmpty()) {
      throw new IllegalArgumentException(
          "allowFloat(%s) is for int8() and int16x8(): %s computes in float anyway"
              .formatted(allowedFloat, mode));
    }
    requireNoSimulation();
    return switch (mode) {
      case FLOAT16 ->
          HalfConstants.restore(
              convert(ConverterFlags.float16()), convert(ConverterFlags.float32()));
      case DYNAMIC_RANGE -> {
        TfLiteModel model = convert(ConverterFlags.dynamicRange());
        yield FloatDepthwise.isNeeded(model)
            ? FloatDepthwise.apply(model, convert(ConverterFlags.float32()))
            : model;
      }
      default -> {
        TfLiteModel model = convert(ConverterFlags.float32());
        yield sparse ? SparseEncoding.apply(model) : model;
      }
    };
  }

  /** The type of quantized activations, or float if there are none. */
  private TensorType integerType() {
    return switch (mode) {
      case INT8 -> TensorType.INT8;
      case INT16X8 -> TensorType.INT16;
      default -> TensorType.FLOAT32;
    };
  }

  /** Kept, the simulation would make a file that is larger and slower than that of the model. */
  private void requireNoSimulation() {
    for (NodeDef node : graphDef.getNodeList()) {
      if (node.getOp().startsWith("FakeQuant")) {
        throw new IllegalArgumentException(
            "\"%s\" simulates quantization: convert with int8() or int16x8(), or convert the float"
                    .formatted(node.getName())
                + " model that was quantized");
      }
    }
  }

  private void requireNodes() {
    List<String> nodes = graphDef.getNodeList().stream().map(NodeDef::getName).toList();
    for (String name : allowedFloat) {
      if (nodes.stream().noneMatch(node -> node.equals(name) || node.startsWith(name + "/"))) {
        throw new IllegalArgumentException(
            "allowFloat(\"%s\"): the graph has no node and no scope of that name, %s"
                .formatted(
                    name, NearestNames.hint(name, computing(), "LayerSelector.namesIn(model)")));
      }
    }
  }

  /** The nodes that compute something, and their scopes. */
  private Set<String> computing() {
    Set<String> names = new TreeSet<>();
    for (NodeDef node : graphDef.getNodeList()) {
      String name = node.getOp().equals("Const") ? "" : node.getName();
      for (int end = name.length(); end > 0; end = name.lastIndexOf('/', end - 1)) {
        names.add(name.substring(0, end));
      }
    }
    return names;
  }

  private TfLiteModel convertToIntegers(TensorType type) {
    requireNodes();
    return IntegerConversion.of(graphDef, inputs, outputs, type, allowedFloat)
        .convert(inputType, outputType);
  }

  private TfLiteModel convert(UnknownFieldSet flags) {
    return new GraphConversion(inputs, outputs, TensorType.FLOAT32).convert(graphDef, flags);
  }

  private TfLiteConverter mode(Mode newMode) {
    if (chosen && mode != newMode) {
      throw new IllegalArgumentException(
          "%s was asked for, and then %s: a file has one format, leave one of the two out"
              .formatted(mode, newMode));
    }
    chosen = true;
    mode = newMode;
    return this;
  }

  private static TensorType requireEndpointType(TensorType type) {
    return switch (type) {
      case FLOAT32, INT8, UINT8, INT16 -> type;
      default ->
          throw new IllegalArgumentException(
              "inputs and outputs are FLOAT32, INT8, UINT8 or INT16, not " + type);
    };
  }

  private static void requireEndpointType(TensorType type, TensorType integer) {
    boolean bytes = type == TensorType.UINT8 && integer == TensorType.INT8;
    if (!type.isFloat() && type != integer && !bytes) {
      throw new IllegalArgumentException(
          type != TensorType.INT16
              ? "%s inputs and outputs need int8()".formatted(type.name().toLowerCase(Locale.ROOT))
              : "int16 inputs and outputs need int16x8()");
    }
  }
}
