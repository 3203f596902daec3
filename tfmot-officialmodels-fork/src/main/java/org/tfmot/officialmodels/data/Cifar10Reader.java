package org.tfmot.officialmodels.data;

import java.io.IOException;
import java.nio.file.Path;

/** Reads one of the forms in which CIFAR-10 is published. */
interface Cifar10Reader {

  /**
   * Reads all images, those for training first and those for testing last, in the official order.
   *
   * @throws IOException if the file cannot be read, or does not hold exactly these images
   */
  LabeledImages read(Path path, Cifar10Layout layout) throws IOException;
}
