package org.tfmot.officialmodels.vision;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.apiguardian.api.API;
import org.tfmot.api.GraphModel;
import org.tfmot.officialmodels.core.CheckpointResource;
import org.tfmot.officialmodels.data.Cifar10;

/** Models that were trained by the experiments here and come with this library. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class PretrainedModels {

  private static final String RESNET20 = "resnet20_cifar10/";
  private static final String CHECKPOINT = "ckpt";

  private PretrainedModels() {}

  /**
   * ResNet-20 for CIFAR-10 with the values that the experiment {@code resnet20_cifar10} reached, in
   * training mode: to train on, or for inference after {@link GraphModel#toInference}.
   *
   * @throws IllegalArgumentException if this build of the library comes without the checkpoint
   * @throws UncheckedIOException if the temporary folder cannot be written
   */
  public static GraphModel resnet20Cifar10() {
    GraphModel model =
        CifarResNet.build(
            20, Cifar10.CLASSES.size(), ImageClassificationConfig.cifar10Normalization(), 0);
    return CheckpointResource.restore(model, path(RESNET20 + CHECKPOINT));
  }

  /** The configuration that {@link #resnet20Cifar10} was trained with, YAML. */
  public static String resnet20Cifar10Params() {
    return text(RESNET20 + "params.yaml");
  }

  /** The log of that training: a JSON object per hundred steps, one a line. */
  public static String resnet20Cifar10Log() {
    return text(RESNET20 + "train.jsonl");
  }

  private static String text(String resource) {
    try (InputStream in = open(resource)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  private static String path(String resource) {
    return PretrainedModels.class.getPackageName().replace('.', '/') + "/" + resource;
  }

  private static InputStream open(String resource) throws IOException {
    InputStream in = PretrainedModels.class.getResourceAsStream(resource);
    if (in == null) {
      throw new FileNotFoundException(
          "this build of tfmot-officialmodels-fork comes without the resource %s%s"
              .formatted(path(""), resource));
    }
    return in;
  }
}
