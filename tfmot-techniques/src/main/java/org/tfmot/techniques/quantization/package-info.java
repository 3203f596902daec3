/** Simulated 8-bit quantization in graphs: during training, and after it by calibration. */
@NullMarked
package org.tfmot.techniques.quantization;

import org.jspecify.annotations.NullMarked;
