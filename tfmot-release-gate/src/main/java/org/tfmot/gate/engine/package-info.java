/**
 * The gate itself: what is to be run, the running of it, and the verdicts, computed from the ledger
 * each time again. It knows no build tool.
 */
@NullMarked
package org.tfmot.gate.engine;

import org.jspecify.annotations.NullMarked;
