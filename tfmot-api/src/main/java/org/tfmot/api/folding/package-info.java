/**
 * Constant folding: the values and sizes that are known before a graph runs. Start with {@link
 * org.tfmot.api.folding.KnownInts} for values and {@link org.tfmot.api.folding.SymbolicSizes} for
 * shapes with open dimensions. Internal.
 */
@NullMarked
package org.tfmot.api.folding;

import org.jspecify.annotations.NullMarked;
