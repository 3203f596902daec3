package org.tfmot.officialmodels.core;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apiguardian.api.API;
import org.tfmot.api.GraphModel;

/** Checkpoints that come with a library, as resources on the class path. */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public final class CheckpointResource {

  /** In a configuration, the beginning of a checkpoint's path that is one on the class path. */
  public static final String SCHEME = "classpath:";

  private static final String CHECKPOINT = "ckpt";
  private static final List<String> FILES = List.of(".index", ".data-00000-of-00001");

  private CheckpointResource() {}

  /**
   * Returns a model with the values of a checkpoint.
   *
   * @param prefix the path on the class path without {@code .index}, such as {@code
   *     org/tfmot/officialmodels/vision/resnet20_cifar10/ckpt}
   * @throws IllegalArgumentException if there is none, or it does not fit the model
   * @throws UncheckedIOException if the temporary folder cannot be written
   */
  public static GraphModel restore(GraphModel model, String prefix) {
    try {
      // TensorFlow reads checkpoints from files only.
      Path folder = Files.createTempDirectory("tfmot-checkpoint");
      Path checkpoint = folder.resolve(CHECKPOINT);
      try {
        for (String extension : FILES) {
          copy(prefix + extension, Path.of(checkpoint + extension));
        }
        return model.restore(checkpoint);
      } finally {
        for (String extension : FILES) {
          Files.deleteIfExists(Path.of(checkpoint + extension));
        }
        Files.deleteIfExists(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the checkpoint " + SCHEME + prefix, e);
    }
  }

  private static void copy(String resource, Path file) throws IOException {
    try (InputStream in = CheckpointResource.class.getClassLoader().getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalArgumentException(
            "there is no resource %s on the class path".formatted(resource));
      }
      Files.copy(in, file);
    }
  }
}
