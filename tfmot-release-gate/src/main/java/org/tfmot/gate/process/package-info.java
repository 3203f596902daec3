/**
 * From the proposal of a technique to its owners: RFCs, the placement of the production example,
 * independent reproduction, ordered and signed approvals, release, the consumer's minimum version,
 * and the journal that all of it is read from.
 */
@NullMarked
package org.tfmot.gate.process;

import org.jspecify.annotations.NullMarked;
