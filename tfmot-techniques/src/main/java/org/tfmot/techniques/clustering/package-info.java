/** Weight clustering: the technique, its initial centroids, and how gradients reach them. */
@NullMarked
package org.tfmot.techniques.clustering;

import org.jspecify.annotations.NullMarked;
