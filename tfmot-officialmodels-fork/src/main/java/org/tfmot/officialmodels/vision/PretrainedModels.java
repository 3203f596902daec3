package org.tfmot.officialmodels.vision;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apiguardian.api.API;
import org.tfmot.api.GraphModel;
import org.tfmot.officialmodels.data.Cifar10;

/** Models that were trained by the experiments here and come with this library. */
@API(status = API.Status.EXPERIMENTAL)
public final class PretrainedModels {

  private static final String RESNET20 = "resnet20_cifar10/";
  private static final String CHECKPOINT = "ckpt";

  private PretrainedModels() {}

  /**
   * ResNet-20 for CIFAR-10 with the values that the experiment {@code resnet20_cifar10} reached, in
   * training mode: to train on, or for inference after {@link GraphModel#toInference}.
   *
   * @throws UncheckedIOException if this build of the library comes without the checkpoint, or the
   *     temporary folder cannot be written
   */
  public static GraphModel resnet20Cifar10() {
    GraphModel model =
        CifarResNet.build(
            20, Cifar10.CLASSES.size(), ImageClassificationConfig.cifar10Normalization(), 0);
    return restore(model, RESNET20);
  }

  /** The configuration that {@link #resnet20Cifar10} was trained with, YAML. */
  public static String resnet20Cifar10Params() {
    return text(RESNET20 + "params.yaml");
  }

  /** The log of that training: a JSON object per hundred steps, one a line. */
  public static String resnet20Cifar10Log() {
    return text(RESNET20 + "train.jsonl");
  }

  static GraphModel restore(GraphModel model, String folder) {
    try {
      // TensorFlow reads checkpoints from files only.
      Path temporary = Files.createTempDirectory("tfmot-checkpoint");
      try {
        Path prefix = temporary.resolve(CHECKPOINT);
        copy(folder, ".index", prefix);
        copy(folder, ".data-00000-of-00001", prefix);
        return model.restore(prefix);
      } finally {
        Files.deleteIfExists(temporary.resolve(CHECKPOINT + ".index"));
        Files.deleteIfExists(temporary.resolve(CHECKPOINT + ".data-00000-of-00001"));
        Files.deleteIfExists(temporary);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot load the trained model: " + e.getMessage(), e);
    }
  }

  private static void copy(String folder, String extension, Path prefix) throws IOException {
    try (InputStream in = open(folder + CHECKPOINT + extension)) {
      Files.copy(in, Path.of(prefix + extension));
    }
  }

  private static String text(String resource) {
    try (InputStream in = open(resource)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  private static InputStream open(String resource) throws IOException {
    InputStream in = PretrainedModels.class.getResourceAsStream(resource);
    if (in == null) {
      throw new FileNotFoundException(
          "this build of tfmot-officialmodels-fork comes without the resource %s/%s"
              .formatted(PretrainedModels.class.getPackageName().replace('.', '/'), resource));
    }
    return in;
  }
}
