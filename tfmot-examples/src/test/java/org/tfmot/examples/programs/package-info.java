/** Programs as users write them against the library; {@code UserProgramsTest} runs them all. */
@org.jspecify.annotations.NullMarked
package org.tfmot.examples.programs;
