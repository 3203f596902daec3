package org.tfmot.techniques.tflite;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import com.google.protobuf.UnknownFieldSet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.tensorflow.proto.GraphDef;
import org.tfmot.api.graph.GraphCheck;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.techniques.lowering.ComparisonLowering;
import org.tfmot.techniques.lowering.ConstantQuantizers;
import org.tfmot.techniques.lowering.FlatProducts;
import org.tfmot.techniques.lowering.FunctionLowering;
import org.tfmot.techniques.lowering.GraphPreparation;
import org.tfmot.techniques.lowering.IdentityRuns;
import org.tfmot.techniques.lowering.Int16Forms;
import org.tfmot.techniques.lowering.Int16Lowering;
import org.tfmot.techniques.lowering.Int16Rescaling;
import org.tfmot.techniques.lowering.IntegerLowering;
import org.tfmot.techniques.lowering.MeanLowering;
import org.tfmot.techniques.lowering.MergedResults;
import org.tfmot.techniques.lowering.MovedRanges;
import org.tfmot.techniques.lowering.ReshapedActivations;
import org.tfmot.techniques.lowering.ReshapedCombinations;
import org.tfmot.techniques.lowering.SplitLowering;
import org.tfmot.techniques.lowering.SquaredDifferences;
import org.tfmot.techniques.lowering.UnknownFunctions;

/**
 * One run of TensorFlow's converter: lowers what it does not know, converts, and parses the file.
 *
 * @param inputs the tensors that are given, by name
 * @param outputs the tensors that are wanted, by name
 * @param type of quantized activations; float if there are none
 */
record GraphConversion(Map<String, String> inputs, Map<String, String> outputs, TensorType type) {

  /**
   * Converts a graph. The converter misses a GELU that it has changed before, as where it moves one
   * of its factors into a layer; then the error function in it is written out.
   *
   * @throws TfLiteConversionException if TensorFlow's converter or the runtime refuses it
   */
  TfLiteModel convert(GraphDef graph, UnknownFieldSet flags) {
    try {
      return convert(graph, flags, true);
    } catch (TfLiteConversionException e) {
      if (!ConverterMessages.names(e, "Erf")) {
        throw e;
      }
      return convert(graph, flags, false);
    }
  }

  private TfLiteModel convert(GraphDef graph, UnknownFieldSet flags, boolean gelus) {
    int chain = requireConvertible(GraphCheck.longestChain(graph));
    GraphDef passed =
        chain > NativeConverter.DEEP ? IdentityRuns.shorten(graph, inputs.values()) : graph;
    GraphDef prepared = lowering(gelus).run(passed);
    try {
      Path directory = Files.createTempDirectory("tfmot-convert");
      try {
        SavedModelWriter.write(directory, prepared, inputs, outputs);
        return checked(
            NativeConverter.get().convert(ConverterFlags.model(directory), flags, chain));
      } finally {
        MoreFiles.deleteRecursively(directory, RecursiveDeleteOption.ALLOW_INSECURE);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write a temporary SavedModel", e);
    }
  }

  /**
   * Returns the passes that write a graph in operations that the converter knows.
   *
   * @param gelus whether GELUs are left to the runtime
   */
  Passes<GraphDef> lowering(boolean gelus) {
    boolean integers = !type.isFloat();
    Passes<GraphDef> known =
        Passes.<GraphDef>start()
            .pass("preparation", graph -> GraphPreparation.prepare(graph, integers))
            .pass(
                "functions",
                graph -> FunctionLowering.apply(graph, outputs.values(), integers, gelus))
            .check("known functions", this::requireKnownFunctions);
    return integers ? known.then(integerLowering()) : known;
  }

  private void requireKnownFunctions(GraphDef graph) {
    UnknownFunctions.find(graph, inputs.values(), outputs.values())
        .ifPresent(
            sentence -> {
              throw new TfLiteConversionException(sentence);
            });
  }

  private Passes<GraphDef> integerLowering() {
    int bits = type.bits();
    return Passes.<GraphDef>start()
        .pass("flat products", FlatProducts::lower)
        .pass("reshaped activations", ReshapedActivations::swap)
        .pass("integer operations", graph -> IntegerLowering.apply(graph, inputs.values(), bits))
        .pass("squared differences", GraphConversion::squaredDifferences)
        .then(type == TensorType.INT16 ? int16Kernels() : int8Kernels())
        .pass("comparisons", graph -> ComparisonLowering.apply(graph, bits))
        .pass("splits", SplitLowering::apply)
        .pass("constant quantizers", ConstantQuantizers::separate)
        .pass("reshaped combinations", g -> ReshapedCombinations.order(g, outputs.values()))
        .pass("moved ranges", graph -> MovedRanges.repeat(graph, outputs.values()))
        .pass("merged results", MergedResults::keep);
  }

  private static Passes<GraphDef> int8Kernels() {
    return Passes.<GraphDef>start().pass("means", MeanLowering::apply);
  }

  private static Passes<GraphDef> int16Kernels() {
    return Passes.<GraphDef>start()
        .pass("16-bit forms", Int16Forms::apply)
        .pass("16-bit rescaling", Int16Rescaling::apply)
        .pass("16-bit broadcasts", Int16Broadcasts::apply)
        .pass("16-bit operations", Int16Lowering::apply);
  }

  /** Parses a file. A file that the kernels refuse is a fault of the graph, not of an argument. */
  private static TfLiteModel checked(byte[] file) {
    try {
      return TfLiteModel.of(file);
    } catch (IllegalArgumentException e) {
      throw new TfLiteConversionException(
          "the runtime cannot run what the graph becomes: " + e.getMessage(), e);
    }
  }

  private static GraphDef squaredDifferences(GraphDef graph) {
    GraphEditor editor = new GraphEditor(graph);
    SquaredDifferences.lower(editor);
    return editor.build();
  }

  private static int requireConvertible(int chain) {
    if (chain > NativeConverter.DEEPEST) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "the graph is too deep: %,d operations follow each other, and the converter is given"
                  + " graphs of at most %,d",
              chain,
              NativeConverter.DEEPEST));
    }
    return chain;
  }
}
