/** Statistics of the weights of a model's layers: zeros, distinct values, magnitudes. */
@NullMarked
package org.tfmot.techniques.summary;

import org.jspecify.annotations.NullMarked;
