/**
 * Goals of the process from a proposal to ownership, a signed step each; {@link AbstractStepMojo}
 * is what the steps about one technique share. Start with {@link ProposeMojo}.
 */
@NullMarked
package org.tfmot.gate.maven.process;

import org.jspecify.annotations.NullMarked;
