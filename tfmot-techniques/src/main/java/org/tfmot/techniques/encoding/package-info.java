/** Compact encodings of weights. */
@NullMarked
package org.tfmot.techniques.encoding;

import org.jspecify.annotations.NullMarked;
