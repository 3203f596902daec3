package org.tfmot.examples.programs;

import static org.tfmot.examples.programs.Judgement.*;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.officialmodels.core.Batch;
import org.tfmot.officialmodels.core.BatchSource;
import org.tfmot.officialmodels.core.ExperimentConfig;
import org.tfmot.officialmodels.core.ExperimentRunner;
import org.tfmot.officialmodels.core.LearningRateConfig;
import org.tfmot.officialmodels.core.Metrics;
import org.tfmot.officialmodels.core.OptimizationConfig;
import org.tfmot.officialmodels.core.OptimizerConfig;
import org.tfmot.officialmodels.core.RuntimeSection;
import org.tfmot.officialmodels.core.Task;
import org.tfmot.officialmodels.core.TaskConfig;
import org.tfmot.officialmodels.core.TrainerConfig;
import org.tfmot.officialmodels.core.TrainerSection;
import org.tfmot.officialmodels.core.TrainingListener;
import org.tfmot.officialmodels.core.TrainingResult;
import org.tfmot.officialmodels.core.WarmupConfig;
import org.tfmot.techniques.pruning.ConstantSparsity;
import org.tfmot.techniques.pruning.Pruning;

/**
 * A task whose buildModel() returns a pruned model, pruning.apply(model).model(), in
 * ExperimentRunner: the runner cannot know the hooks, so no mask is ever made. After 20 steps of a
 * constant sparsity of 75 % the weight must have 75 % zeros; or the run is refused or warns, with a
 * word of hooks, pruning or masks.
 */
final class RunnerWithPruning implements UserProgram {
  @Override
  public void check() throws Exception {
    ByteArrayOutputStream said = listen();
    ExperimentConfig<Config> config =
        new ExperimentConfig<>(
            new Config(),
            new TrainerSection(
                20,
                20,
                20,
                TrainerConfig.DEFAULT_LOSS_UPPER_BOUND,
                1,
                new OptimizationConfig(
                    OptimizerConfig.sgd(.9, true, 0),
                    LearningRateConfig.cosine(.01),
                    WarmupConfig.linear(2))),
            RuntimeSection.DEFAULT);
    TrainingResult result;
    try {
      result =
          new ExperimentRunner(
                  config,
                  Files.createTempDirectory("case").resolve("run"),
                  new TrainingListener() {})
              .train();
    } catch (RuntimeException e) {
      refused(e, "hook", "prun", "mask");
      return;
    }
    int zeros = 0;
    for (float v : TensorProtos.toFloats(result.model().variable("w").value())) if (v == 0) zeros++;
    if (zeros < 22 && !said.toString(StandardCharsets.UTF_8).matches("(?si).*(hook|prun|mask).*"))
      throw wrong(
          "after the run of a pruned model " + zeros + " of 32 weights are 0, without a word");
  }

  record Config(String initCheckpoint) implements TaskConfig {
    Config() {
      this(null);
    }

    @Override
    public String evaluationData() {
      return "validation";
    }

    @Override
    public void validate() {}

    @Override
    public Task createTask() {
      return new Lesson();
    }
  }

  static final class Lesson implements Task {
    @Override
    public GraphModel buildModel(long seed) {
      return Pruning.builder()
          .schedule(ConstantSparsity.of(.75, 0, 100, 1))
          .build()
          .apply(
              GraphModel.build(
                  tf -> {
                    Placeholder<TFloat32> x =
                        tf.withName("x")
                            .placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 8)));
                    return Endpoints.builder()
                        .input("x", x)
                        .output("y", tf.linalg.matMul(x, weight(tf, "w", wave(32), 8, 4)))
                        .training(true)
                        .build();
                  }))
          .model();
    }

    @SuppressWarnings("unchecked")
    @Override
    public Operand<TFloat32> buildLoss(Ops tf, LiveModel model) {
      Placeholder<TFloat32> label =
          tf.withName("label").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 4)));
      return tf.math.mean(
          tf.math.squaredDifference((Operand<TFloat32>) model.output("y"), label), tf.array(0, 1));
    }

    @Override
    public BatchSource trainingData(long seed) {
      return step ->
          new Batch(Map.of("x", tensor(wave(16), 2, 8), "label", tensor(wave(8), 2, 4)), 2);
    }

    @Override
    public Metrics evaluate(GraphModel model) {
      return new Metrics(Map.of("nothing", 0.0));
    }
  }
}
