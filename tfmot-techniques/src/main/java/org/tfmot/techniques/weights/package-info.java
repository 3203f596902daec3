/**
 * Techniques on weights, such as pruning and clustering, and what one of your own is made with.
 *
 * <p>Begin with {@link org.tfmot.techniques.weights.WeightRewrite}: it finds the weights of a
 * model's layers, hands out a {@link org.tfmot.techniques.weights.WeightGraph} for each, and takes
 * everything out again when the trained model is stripped. {@link
 * org.tfmot.techniques.weights.WeightProperty} says what an effective weight guarantees to other
 * techniques, {@link org.tfmot.techniques.weights.WeightedLayer} which layer reads it. The guide
 * {@code docs/guide/new-technique.md} walks through a complete technique.
 */
@NullMarked
package org.tfmot.techniques.weights;

import org.jspecify.annotations.NullMarked;
