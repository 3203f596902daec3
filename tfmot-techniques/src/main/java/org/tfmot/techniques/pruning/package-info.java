/** Magnitude pruning: schedules, masks, and the technique. */
@NullMarked
package org.tfmot.techniques.pruning;

import org.jspecify.annotations.NullMarked;
