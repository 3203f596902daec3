/**
 * Goals and Maven extensions of a release: attest what the gate has proven, publish it, verify it
 * as a user of it, and veto every upload that is not attested ({@link GateVeto}). Start with {@link
 * AttestMojo}.
 */
@NullMarked
package org.tfmot.gate.maven.release;

import org.jspecify.annotations.NullMarked;
