/**
 * Convergence tests and the processes in which they run: each run has its own process on a locked
 * class path, and how it ended is read from exit codes, crash files and markers, never from prose.
 */
@NullMarked
package org.tfmot.gate.run;

import org.jspecify.annotations.NullMarked;
