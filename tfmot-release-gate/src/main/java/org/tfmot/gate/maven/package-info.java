/**
 * The Maven plugin. Its API are the goals and their parameters, not these classes. The goals
 * collect what a gate needs from a build and hand it to {@code org.tfmot.gate.engine}; nothing is
 * decided here.
 *
 * <p>This package holds what all goals share: {@link AbstractGateMojo} (parameters and when a goal
 * acts), {@link AbstractProcessMojo} (keys and signatures), the modules of a build, its class path
 * and its history. The goals are in a package for each stage of life: {@code run}, {@code debug},
 * {@code process} and {@code release}.
 */
@NullMarked
package org.tfmot.gate.maven;

import org.jspecify.annotations.NullMarked;
