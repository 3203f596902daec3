/**
 * Self-contained report pages: {@link Markup} writes them, for the gate's own report and for
 * comparisons of techniques.
 */
@NullMarked
package org.tfmot.gate.page;

import org.jspecify.annotations.NullMarked;
