/** Tables of a flatbuffer, the numbers of TensorFlow Lite's schema, and copies of them. */
@NullMarked
package org.tfmot.techniques.tflite.flatbuffer;

import org.jspecify.annotations.NullMarked;
