/**
 * Passes over a graph before TensorFlow's converter: each writes operations that the converter or
 * the runtime's kernels lack, or round otherwise than the simulation, in those that they have.
 */
@NullMarked
package org.tfmot.techniques.lowering;

import org.jspecify.annotations.NullMarked;
