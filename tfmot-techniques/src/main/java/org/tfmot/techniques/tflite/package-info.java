/**
 * TensorFlow Lite in the JVM: converting a graph with TensorFlow's own converter, inspecting the
 * file, running and timing it.
 */
@NullMarked
package org.tfmot.techniques.tflite;

import org.jspecify.annotations.NullMarked;
