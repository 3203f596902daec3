/**
 * Signatures: Ed25519 keys, the keys that are trusted and for which team, and the DSSE envelope.
 * Approvals and attestations are signed with it.
 */
@NullMarked
package org.tfmot.gate.signature;

import org.jspecify.annotations.NullMarked;
