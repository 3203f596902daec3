package org.tfmot.techniques.weights;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.Technique;
import org.tfmot.techniques.clustering.Clustering;
import org.tfmot.techniques.pruning.ConstantSparsity;
import org.tfmot.techniques.pruning.Pruning;
import org.tfmot.techniques.pruning.SparsityPattern;
import org.tfmot.techniques.quantization.PostTrainingQuantization;
import org.tfmot.techniques.quantization.QuantizationAwareTraining;
import org.tfmot.techniques.testing.LargeGraphs;
import org.tfmot.techniques.testing.TestTraining;

/**
 * Prints how long techniques take on graphs of 2,500, 5,000 and 10,000 nodes.
 *
 * <pre>{@code
 * mvn -q -pl tfmot-techniques -am test-compile exec:java -Dbenchmark.skip=false \
 *     -Dexec.classpathScope=test -Dexec.mainClass=org.tfmot.techniques.weights.ApplyBenchmark
 * }</pre>
 */
public final class ApplyBenchmark {

  /** Layers of eight nodes, and one input. */
  private static final int[] LAYERS = {313, 625, 1250};

  private static final int ROUNDS = 5;

  private static final OperatingSystemMXBean MACHINE =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private ApplyBenchmark() {}

  /** Runs it. */
  public static void main(String[] args) {
    Technique pruning = pruning(SparsityPattern.perTensor());
    Technique clustering = Clustering.builder().clusters(4).build();
    Technique quantization = QuantizationAwareTraining.create();
    Map<String, Consumer<GraphModel>> techniques = new LinkedHashMap<>();
    techniques.put("pruning", pruning::apply);
    techniques.put("pruning, global", pruning(SparsityPattern.global())::apply);
    techniques.put("pruning, 2 zeros in every 4", pruning(SparsityPattern.mByN(2, 4))::apply);
    techniques.put("one-shot pruning", Pruning.builder().oneShot(0.5)::apply);
    techniques.put("clustering, 4", clustering::apply);
    techniques.put("quantization-aware training", quantization::apply);
    techniques.put("PQAT", model -> quantization.apply(pruning.apply(model)));
    techniques.put("CQAT", model -> quantization.apply(clustering.apply(model)));
    techniques.put("PCQAT", model -> quantization.apply(clustering.apply(pruning.apply(model))));
    techniques.put("post-training quantization", ApplyBenchmark::calibrate);
    List<GraphModel> models = new ArrayList<>();
    StringBuilder sizes = new StringBuilder();
    for (int layers : LAYERS) {
      GraphModel model = LargeGraphs.layers(layers);
      models.add(model);
      sizes.append(String.format(Locale.ROOT, "%8d", model.graphDef().getNodeCount()));
    }
    System.out.printf(
        "Medians of %d, seconds by the clock and of the processor, ratios of the latter%n", ROUNDS);
    System.out.printf("%-30s%s   %s%n", "nodes", sizes, sizes);
    techniques.forEach((name, technique) -> print(name, technique, models));
  }

  private static void print(String name, Consumer<GraphModel> technique, List<GraphModel> models) {
    StringBuilder walls = new StringBuilder();
    StringBuilder processors = new StringBuilder();
    StringBuilder ratios = new StringBuilder();
    double last = Double.NaN;
    for (GraphModel model : models) {
      double[] seconds = medians(technique, model);
      walls.append(String.format(Locale.ROOT, "%8.2f", seconds[0]));
      processors.append(String.format(Locale.ROOT, "%8.2f", seconds[1]));
      ratios.append(
          Double.isNaN(last) ? "" : String.format(Locale.ROOT, "%7.2f", seconds[1] / last));
      last = seconds[1];
    }
    System.out.printf("%-30s%s   %s  %s%n", name, walls, processors, ratios);
  }

  private static Technique pruning(SparsityPattern pattern) {
    return Pruning.builder().schedule(ConstantSparsity.of(0.5, 0)).pattern(pattern).build();
  }

  private static void calibrate(GraphModel model) {
    try (TFloat32 image = TestTraining.random(Shape.of(2, 4), 1)) {
      PostTrainingQuantization.builder().build().calibrate(model, List.of(Map.of("image", image)));
    }
  }

  /** Seconds by the clock, and of the processor in all threads of this process. */
  private static double[] medians(Consumer<GraphModel> technique, GraphModel model) {
    technique.accept(model);
    double[] walls = new double[ROUNDS];
    double[] processors = new double[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
      long start = System.nanoTime();
      long processor = MACHINE.getProcessCpuTime();
      technique.accept(model);
      walls[i] = (System.nanoTime() - start) / 1e9;
      processors[i] = (MACHINE.getProcessCpuTime() - processor) / 1e9;
    }
    Arrays.sort(walls);
    Arrays.sort(processors);
    return new double[] {walls[ROUNDS / 2], processors[ROUNDS / 2]};
  }
}
