package org.tfmot.techniques.experiment;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.apiguardian.api.API;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.GraphModel;
import org.tfmot.api.OptimizationReport;
import org.tfmot.api.experiment.ModelExporter;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.techniques.quantization.QuantizationAwareTraining;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteModel;

/**
 * Writes {@code model.tflite}: in integers if the model simulates quantization (int8, or int16x8
 * for activations of 16 bits; inputs and outputs are float32), else in float32. Of an integer model
 * only the operations stay in float that quantization reported as left alone.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public final class TfLiteExporter implements ModelExporter {

  private static final String FILE = "model.tflite";

  /** For {@link java.util.ServiceLoader}. */
  public TfLiteExporter() {}

  /**
   * {@inheritDoc}
   *
   * @throws UncheckedIOException if the file cannot be written
   */
  @Override
  public String export(GraphModel model, List<OptimizationReport> reports, Path folder) {
    int bits = simulatedBits(model);
    TfLiteConverter converter = TfLiteConverter.of(model);
    if (bits > 0) {
      converter.allowFloat(inFloat(model, reports));
      converter = bits > 8 ? converter.int16x8() : converter.int8();
    }
    TfLiteModel file = converter.convert();
    file.write(folder.resolve(FILE));
    return String.format(
        Locale.ROOT,
        "%s: %s, %,d bytes",
        FILE,
        bits == 0
            ? "float32"
            : "%s with inputs and outputs of float32".formatted(bits > 8 ? "int16x8" : "int8"),
        file.size());
  }

  /** Returns the most bits that a tensor is simulated in; 0 if none is. */
  private static int simulatedBits(GraphModel model) {
    int bits = 0;
    for (NodeDef node : model.graphDef().getNodeList()) {
      if (node.getOp().startsWith("FakeQuant")) {
        boolean said = node.containsAttr("num_bits");
        bits = Math.max(bits, said ? (int) node.getAttrOrThrow("num_bits").getI() : 8);
      }
    }
    return bits;
  }

  private static Set<String> inFloat(GraphModel model, List<OptimizationReport> reports) {
    String quantization = QuantizationAwareTraining.create().name();
    GraphEditor graph = new GraphEditor(model.graphDef());
    Set<String> names = new TreeSet<>();
    reports.stream()
        .filter(report -> report.technique().equals(quantization))
        .flatMap(report -> report.skipped().stream())
        .map(OptimizationReport.Entry::operation)
        .filter(name -> graph.find(name) != null)
        .forEach(names::add);
    return names;
  }
}
