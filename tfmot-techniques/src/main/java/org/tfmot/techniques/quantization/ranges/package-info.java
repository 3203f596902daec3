/**
 * Ranges and grids: the values that a quantized tensor can take, how they are estimated from
 * samples, and what the runtime's kernels can represent. Knows no graph.
 */
@NullMarked
package org.tfmot.techniques.quantization.ranges;

import org.jspecify.annotations.NullMarked;
