package org.tfmot.techniques.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ArgumentsSource;

/**
 * A test that is run for every combination of its parameters' values: all constants of an
 * enumeration, both truth values.
 *
 * <p>The enumerations are the dimensions of a configuration ({@link LayerCase}, patterns,
 * schedules, initializations); what does not apply in a combination is expected to be refused, not
 * left out.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@ParameterizedTest(name = "{arguments}")
@ArgumentsSource(TechniqueSpecProvider.class)
public @interface TechniqueSpec {}
