package org.tfmot.gate.run;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.apiguardian.api.API;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A JUnit Jupiter test that trains, and reports what a claim is about.
 *
 * <pre>{@code
 * @ConvergenceTest(claims = "pruning/resnet20-cifar10/accuracy")
 * void prunedModelKeepsItsAccuracy(ConvergenceRun run) {
 *   Training training = new Training(run.seed());
 *   for (int step = 100; step <= 1000; step += 100) {
 *     run.report("accuracy", step, training.advanceTo(step));
 *   }
 * }
 * }</pre>
 *
 * <p>The gate runs it many times, each time in a JVM of its own with another seed. From an IDE it
 * runs once, like any test, with seed 1 (or the system property {@code gate.seed}) and the folder
 * {@code target/gate/ide/<class>.<method>}, and fails where the gate would not count it.
 *
 * <p>An exception of the test is a diverged run, which counts with the claim's worst value; {@link
 * MissingDataException} is a run that does not count. The tag {@value #TAG} lets an ordinary build
 * leave these tests out.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
@Test
@Tag(ConvergenceTest.TAG)
@ExtendWith(ConvergenceExtension.class)
public @interface ConvergenceTest {

  /** The JUnit tag of every convergence test. */
  String TAG = "convergence";

  /** The ids of the claims that this test proves; at least one. */
  String[] claims();
}
