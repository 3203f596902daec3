/**
 * Attestations of releases: in-toto statements over the digests of every deployed file, signed in
 * DSSE envelopes, and the verifier that believes none of it before it is checked.
 */
@NullMarked
package org.tfmot.gate.attestation;

import org.jspecify.annotations.NullMarked;
