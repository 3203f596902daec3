/**
 * Finds the fastest {@code .tflite} format of a model on this machine: start with {@link
 * org.tfmot.techniques.formats.FormatComparison}.
 */
@NullMarked
package org.tfmot.techniques.formats;

import org.jspecify.annotations.NullMarked;
