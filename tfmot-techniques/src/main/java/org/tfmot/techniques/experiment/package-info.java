/**
 * The techniques of this module in experiments: the sections {@code task.pruning}, {@code
 * task.clustering} and {@code task.quantization} of a configuration, and the {@code .tflite} file
 * that a trained model is exported to.
 */
@NullMarked
package org.tfmot.techniques.experiment;

import org.jspecify.annotations.NullMarked;
