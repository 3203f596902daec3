/** How fast and how exact each {@code .tflite} format of some well-known networks is. */
@NullMarked
package org.tfmot.examples.latency;

import org.jspecify.annotations.NullMarked;
