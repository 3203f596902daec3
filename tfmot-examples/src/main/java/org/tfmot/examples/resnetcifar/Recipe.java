package org.tfmot.examples.resnetcifar;

import java.util.Locale;

/**
 * How long and how fast one variant is fine-tuned from the float model.
 *
 * @param steps batches of 128 images
 * @param learningRate at the first step; half a cosine takes it to 0
 */
record Recipe(long steps, double learningRate) {

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%,d steps, learning rate %s, cosine", steps, learningRate);
  }
}
