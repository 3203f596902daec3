/**
 * Goals that explain a blocked claim: compare its runs with those of the last good state, and make
 * a recorded run again. Start with {@link DebugMojo} and {@link Replay}.
 */
@NullMarked
package org.tfmot.gate.maven.debug;

import org.jspecify.annotations.NullMarked;
