package org.tfmot.examples.experiments;

import java.util.List;
import org.tfmot.api.experiment.TechniqueConfig;
import org.tfmot.officialmodels.core.CheckpointResource;
import org.tfmot.officialmodels.core.Experiment;
import org.tfmot.officialmodels.core.ExperimentConfig;
import org.tfmot.officialmodels.core.ExperimentProvider;
import org.tfmot.officialmodels.core.ExperimentRegistry;
import org.tfmot.officialmodels.core.LearningRateConfig;
import org.tfmot.officialmodels.core.OptimizationConfig;
import org.tfmot.officialmodels.core.OptimizerConfig;
import org.tfmot.officialmodels.core.TrainerConfig;
import org.tfmot.officialmodels.core.TrainerSection;
import org.tfmot.officialmodels.core.WarmupConfig;
import org.tfmot.officialmodels.vision.CifarResNetExperiments;
import org.tfmot.officialmodels.vision.ImageClassificationConfig;
import org.tfmot.techniques.experiment.ClusteringConfig;
import org.tfmot.techniques.experiment.PruningConfig;
import org.tfmot.techniques.experiment.QuantizationConfig;

/**
 * {@code resnet_cifar_pruning}, {@code resnet_cifar_clustering}, {@code resnet_cifar_qat} and their
 * combinations: ResNet-20 on CIFAR-10, fine-tuned from the trained values that come with the fork.
 */
public final class TechniqueExperiments implements ExperimentProvider {

  /** Steps over the 45,000 training images. */
  private static final long EPOCH = 351;

  private static final String TRAINED =
      CheckpointResource.SCHEME + "org/tfmot/officialmodels/vision/resnet20_cifar10/ckpt";

  /** The first and the last layer: few weights, and accuracy hangs on them. */
  private static final List<String> DENSE_LAYERS = List.of("stem", "logits");

  /** In every other layer, so that 50 % of all weights are zero. */
  private static final double HALF = 0.505;

  private static final int CLUSTERS = 16;

  /** For {@link java.util.ServiceLoader}. */
  public TechniqueExperiments() {}

  @Override
  public void register(ExperimentRegistry registry) {
    registry.register(experiment("pruning", "pruned to 50 %", 3 * EPOCH, 0.01, pruning(EPOCH)));
    registry.register(experiment("clustering", "with 16 clusters", 200, 0.002, clustering()));
    registry.register(experiment("qat", "quantized to int8", 100, 0.0005, quantization()));
    registry.register(
        experiment(
            "pruning_qat",
            "pruned to 50 %, in int8",
            3 * EPOCH,
            0.01,
            pruning(EPOCH),
            quantization()));
    registry.register(
        experiment(
            "clustering_qat",
            "with 16 clusters, in int8",
            200,
            0.002,
            clustering(),
            quantization()));
    registry.register(
        experiment(
            "pruning_clustering_qat",
            "pruned to 50 %, with 16 clusters, in int8",
            3 * EPOCH,
            0.01,
            pruning(EPOCH),
            clustering(),
            quantization()));
  }

  private static Experiment<ImageClassificationConfig> experiment(
      String name, String description, long steps, double rate, TechniqueConfig... techniques) {
    ExperimentConfig<ImageClassificationConfig> base =
        CifarResNetExperiments.experiment(20).defaults();
    ImageClassificationConfig task = base.task();
    ExperimentConfig<ImageClassificationConfig> config =
        new ExperimentConfig<>(
            new ImageClassificationConfig(
                task.model(), task.trainData(), task.validationData(), TRAINED),
            trainer(steps, rate),
            base.runtime());
    return new Experiment<>(
        "resnet_cifar_" + name,
        "ResNet-20 on CIFAR-10, " + description,
        config.withTechniques(techniques),
        ImageClassificationConfig.class);
  }

  private static TrainerSection trainer(long steps, double rate) {
    return new TrainerSection(
        steps,
        Math.min(EPOCH, steps),
        0,
        TrainerConfig.DEFAULT_LOSS_UPPER_BOUND,
        1,
        new OptimizationConfig(
            OptimizerConfig.sgd(0.9, true, 5e-4),
            LearningRateConfig.cosine(rate),
            WarmupConfig.none()));
  }

  private static PruningConfig pruning(long endStep) {
    return new PruningConfig(null, "PolynomialDecay", 0, endStep, 0, HALF, 25, null, DENSE_LAYERS);
  }

  private static ClusteringConfig clustering() {
    return new ClusteringConfig(null, CLUSTERS, "KMEANS_PLUS_PLUS", "AVG", false, false, null);
  }

  private static QuantizationConfig quantization() {
    return new QuantizationConfig();
  }
}
