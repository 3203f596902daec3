/** Sparse inference: what zeros are worth to XNNPACK. */
@NullMarked
package org.tfmot.examples.sparse;

import org.jspecify.annotations.NullMarked;
