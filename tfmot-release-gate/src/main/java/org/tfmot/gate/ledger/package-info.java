/**
 * The evidence: an append-only, hash-chained file of runs, and what may be read out of it. Verdicts
 * are not in it; they are computed from it again each time.
 */
@NullMarked
package org.tfmot.gate.ledger;

import org.jspecify.annotations.NullMarked;
