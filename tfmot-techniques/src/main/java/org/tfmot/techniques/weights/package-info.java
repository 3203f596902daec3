/** What all techniques need to know of weights: which operations have them, and who stands in. */
@NullMarked
package org.tfmot.techniques.weights;

import org.jspecify.annotations.NullMarked;
