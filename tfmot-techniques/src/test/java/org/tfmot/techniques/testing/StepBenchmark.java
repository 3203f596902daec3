package org.tfmot.techniques.testing;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.Optimized;
import org.tfmot.api.Technique;
import org.tfmot.api.Threads;
import org.tfmot.techniques.pruning.ConstantSparsity;
import org.tfmot.techniques.pruning.Pruning;
import org.tfmot.techniques.quantization.QuantizationAwareTraining;
import org.tfmot.techniques.testing.TestLayers.Kind;

/**
 * What a training step of each technique costs against a float step: a network of ResNet-20's
 * shape, steps of all configurations in turn in one process. The processor time counts all threads
 * and disregards what else the machine does.
 *
 * <p>Arguments: steps (default 20), batch (default 128).
 */
public final class StepBenchmark {

  private static final OperatingSystemMXBean MACHINE =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  private static final int WARM_UP = 3;

  private StepBenchmark() {}

  /** Runs the benchmark. */
  public static void main(String[] args) {
    int steps = args.length > 0 ? Integer.parseInt(args[0]) : 20;
    int batch = args.length > 1 ? Integer.parseInt(args[1]) : 128;
    GraphModel model = resNet20();
    Technique quantization = QuantizationAwareTraining.create();
    Technique pruning = Pruning.builder().schedule(ConstantSparsity.of(0.5, 0, -1, 100)).build();
    Map<String, Optimized> configurations = new LinkedHashMap<>();
    configurations.put("float", Optimized.of(model));
    configurations.put("pruning", pruning.apply(model));
    configurations.put("quantization", quantization.apply(model));
    configurations.put("both", quantization.apply(pruning.apply(model)));
    Map<String, TestTraining> trainings = new LinkedHashMap<>();
    Map<String, List<double[]>> times = new LinkedHashMap<>();
    configurations.forEach(
        (name, optimized) -> {
          trainings.put(name, new TestTraining(optimized, batch, 1e-3f, Threads.DEFAULT));
          times.put(name, new ArrayList<>());
        });
    try (TFloat32 image = TestTraining.random(Shape.of(batch, 32, 32, 3), 1);
        TFloat32 wanted = TestTraining.random(Shape.of(batch, 10), 2)) {
      for (int step = 0; step < WARM_UP + steps; step++) {
        for (String name : trainings.keySet()) {
          long cpu = MACHINE.getProcessCpuTime();
          long wall = System.nanoTime();
          trainings.get(name).step(step, image, wanted);
          double[] time = {
            (System.nanoTime() - wall) / 1e6, (MACHINE.getProcessCpuTime() - cpu) / 1e6
          };
          if (step >= WARM_UP) {
            times.get(name).add(time);
          }
        }
      }
    }
    trainings.values().forEach(TestTraining::close);
    times.forEach((name, list) -> print(name, list, times.get("float")));
  }

  private static void print(String name, List<double[]> times, List<double[]> base) {
    System.out.printf(
        Locale.ROOT,
        "%-14s wall %7.1f ms (%.3f x)   processor %7.1f ms (%.3f x)%n",
        name,
        median(times, 0),
        median(times, 0) / median(base, 0),
        median(times, 1),
        median(times, 1) / median(base, 1));
  }

  private static double median(List<double[]> times, int which) {
    return times.stream().mapToDouble(time -> time[which]).sorted().toArray()[times.size() / 2];
  }

  private static GraphModel resNet20() {
    return TestLayers.model(
        Kind.RESOURCE,
        Shape.of(-1, 32, 32, 3),
        (layers, x) -> {
          x = layers.relu("stem", layers.batchNorm("stem", layers.conv("stem", x, 16, 3)));
          for (int stage = 0; stage < 3; stage++) {
            for (int block = 0; block < 3; block++) {
              x = block(layers, "s" + stage + "b" + block, x, 16 << stage, stage > 0 && block == 0);
            }
          }
          x = layers.at("pool", "Mean").math.mean(x, layers.tf().array(1, 2));
          return layers.biasAdd("logits", layers.matMul("logits", x, 10));
        });
  }

  private static Operand<TFloat32> block(
      TestLayers layers, String name, Operand<TFloat32> x, int filters, boolean down) {
    int stride = down ? 2 : 1;
    Operand<TFloat32> shortcut =
        down ? norm(layers, name + "s", layers.conv(name + "s", x, filters, 1, 2)) : x;
    Operand<TFloat32> y = norm(layers, name + "1", layers.conv(name + "1", x, filters, 3, stride));
    y = layers.relu(name + "1", y);
    y = norm(layers, name + "2", layers.conv(name + "2", y, filters, 3, 1));
    return layers.relu(name, layers.at(name, "add").math.add(y, shortcut));
  }

  private static Operand<TFloat32> norm(TestLayers layers, String name, Operand<TFloat32> x) {
    return layers.batchNorm(name, x);
  }
}
