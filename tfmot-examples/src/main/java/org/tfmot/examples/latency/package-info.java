/** Measures latency and error of each {@code .tflite} format for some well-known networks. */
@NullMarked
package org.tfmot.examples.latency;

import org.jspecify.annotations.NullMarked;
