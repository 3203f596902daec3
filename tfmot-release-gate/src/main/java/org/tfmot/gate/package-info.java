/** The release gate: claims, convergence tests and verdicts. It knows no framework. */
@NullMarked
package org.tfmot.gate;

import org.jspecify.annotations.NullMarked;
