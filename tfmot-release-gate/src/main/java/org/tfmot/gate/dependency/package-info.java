/**
 * Dependencies of a run, so that its evidence lives as long as it is true: the classes that its JVM
 * loaded, the resources that it could read, and the names that it looked for and did not find. The
 * model is Ekstazi (Gligoric, Eloussi and Marinov, ISSTA 2015).
 *
 * <p>Read {@link org.tfmot.gate.dependency.Dependencies} first; {@link
 * org.tfmot.gate.dependency.LoadedClasses} is what a JVM wrote down, {@link
 * org.tfmot.gate.dependency.BuildContent} what a build has.
 */
@NullMarked
package org.tfmot.gate.dependency;

import org.jspecify.annotations.NullMarked;
