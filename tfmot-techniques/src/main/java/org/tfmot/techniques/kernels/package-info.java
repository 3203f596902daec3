/**
 * Kernels that training graphs run in place of chains of TensorFlow operations. They come in when a
 * model is opened to be trained ({@link org.tfmot.techniques.kernels.TrainingKernels}) and are in
 * nothing that is saved. {@link org.tfmot.techniques.kernels.Kernels} tells which ones run.
 */
@NullMarked
package org.tfmot.techniques.kernels;

import org.jspecify.annotations.NullMarked;
