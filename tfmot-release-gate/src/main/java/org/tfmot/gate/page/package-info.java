/**
 * What self-contained report pages are written with: {@link Markup}, for the gate's own report and
 * for comparisons of techniques.
 */
@NullMarked
package org.tfmot.gate.page;

import org.jspecify.annotations.NullMarked;
