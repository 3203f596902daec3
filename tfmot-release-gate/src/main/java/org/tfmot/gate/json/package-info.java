/** Strict JSON, its canonical form, and digests of what it says. */
@NullMarked
package org.tfmot.gate.json;

import org.jspecify.annotations.NullMarked;
