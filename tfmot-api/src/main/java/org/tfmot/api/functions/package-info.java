/**
 * Functions and loops of a graph: their library, bodies and calls, and how many steps a loop has.
 * Start with {@link org.tfmot.api.functions.FunctionLibrary}. Internal.
 */
@NullMarked
package org.tfmot.api.functions;

import org.jspecify.annotations.NullMarked;
