/**
 * The native library of the runtime: loading it, its delegates and kernels, its messages, and the
 * clock of its operators. Knows no model. Internal.
 */
@NullMarked
package org.tfmot.techniques.tflite.runtime;

import org.jspecify.annotations.NullMarked;
