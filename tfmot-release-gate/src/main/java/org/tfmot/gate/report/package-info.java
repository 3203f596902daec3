/**
 * Reports of a gate: the files that are rendered from {@code gate.json}, and the lines of a
 * terminal.
 */
@NullMarked
package org.tfmot.gate.report;

import org.jspecify.annotations.NullMarked;
