/**
 * Weights as all techniques see them: which operations have them, and the tensor that layers read
 * instead of the variable.
 */
@NullMarked
package org.tfmot.techniques.weights;

import org.jspecify.annotations.NullMarked;
