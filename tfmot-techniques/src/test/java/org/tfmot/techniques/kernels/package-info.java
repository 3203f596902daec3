@NullMarked
package org.tfmot.techniques.kernels;

import org.jspecify.annotations.NullMarked;
