/** Layers: functions over {@code Ops} that make variables and connect operations. */
@NullMarked
package org.tfmot.officialmodels.modeling;

import org.jspecify.annotations.NullMarked;
