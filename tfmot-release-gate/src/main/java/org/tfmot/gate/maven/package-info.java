/**
 * The goals of the Maven plugin, and the core extension {@code GateVeto}. They collect what a gate
 * needs from a build and hand it to {@code org.tfmot.gate.engine}; nothing is decided here.
 */
@NullMarked
package org.tfmot.gate.maven;

import org.jspecify.annotations.NullMarked;
