package org.tfmot.gate.run;

import java.lang.reflect.Method;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.EngineFilter;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** Runs one test method with JUnit and tells how it ended. */
final class SingleTest implements TestExecutionListener {

  private @Nullable Throwable failure;
  private @Nullable String skipped;
  private boolean executed;

  private SingleTest() {}

  /**
   * @param test {@code package.Class#method}
   */
  static Outcome run(String test) {
    long start = System.nanoTime();
    SingleTest listener = new SingleTest();
    try {
      Class<?> type = type(test);
      LauncherDiscoveryRequest request =
          LauncherDiscoveryRequestBuilder.request()
              .selectors(DiscoverySelectors.selectMethod(type, method(type, test)))
              .filters(EngineFilter.includeEngines("junit-jupiter"))
              .build();
      LauncherFactory.create().execute(request, listener);
    } catch (NoSuchTestException e) {
      return new Outcome(Outcome.State.NOT_RUN, e.getMessage(), 0);
    } catch (RuntimeException | LinkageError e) {
      // JUnit catches what a test throws: this is JUnit's, or the class path's.
      e.printStackTrace();
      return new Outcome(Outcome.State.NOT_RUN, describe(e), 0);
    }
    return listener.outcome((System.nanoTime() - start) / 1e9);
  }

  @Override
  public void executionStarted(TestIdentifier test) {
    executed |= test.isTest();
  }

  @Override
  public void executionSkipped(TestIdentifier test, String reason) {
    skipped = reason;
  }

  @Override
  public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    Throwable thrown = result.getThrowable().orElse(null);
    if (thrown == null) {
      return;
    }
    thrown.printStackTrace();
    if (result.getStatus() == TestExecutionResult.Status.ABORTED) {
      skipped = describe(thrown);
    } else if (failure == null) {
      failure = thrown;
    }
  }

  private Outcome outcome(double seconds) {
    if (failure != null) {
      return new Outcome(state(failure), describe(failure), seconds);
    }
    if (skipped != null) {
      return new Outcome(Outcome.State.NOT_RUN, "the test was skipped: " + skipped, seconds);
    }
    return executed
        ? new Outcome(Outcome.State.FINISHED, null, seconds)
        : new Outcome(Outcome.State.NOT_RUN, "JUnit ran no test", seconds);
  }

  private static Outcome.State state(Throwable failure) {
    int depth = 0;
    for (Throwable t = failure; t != null && depth < 100; t = t.getCause(), depth++) {
      if (t instanceof MissingDataException) {
        return Outcome.State.MISSING_DATA;
      }
      if (t instanceof OutOfMemoryError) {
        return Outcome.State.OUT_OF_MEMORY;
      }
      if (t instanceof InvalidReportException) {
        return Outcome.State.INVALID_REPORT;
      }
    }
    return Outcome.State.FAILED;
  }

  private static String describe(Throwable thrown) {
    return Ending.oneLine(thrown.toString());
  }

  private static Class<?> type(String test) {
    int hash = test.indexOf('#');
    if (hash <= 0 || hash == test.length() - 1) {
      throw new NoSuchTestException("\"%s\" is no test: write package.Class#method", test);
    }
    String name = test.substring(0, hash);
    return ReflectionSupport.tryToLoadClass(name)
        .getOrThrow(
            e -> new NoSuchTestException("the class %s is not on the class path: %s", name, e));
  }

  private static Method method(Class<?> type, String test) {
    String name = test.substring(test.indexOf('#') + 1);
    List<Method> methods =
        ReflectionSupport.findMethods(
            type,
            method ->
                method.getName().equals(name)
                    && AnnotationSupport.isAnnotated(method, ConvergenceTest.class),
            HierarchyTraversalMode.BOTTOM_UP);
    if (methods.size() != 1) {
      throw new NoSuchTestException(
          "%s has %s methods %s with @ConvergenceTest, one is needed",
          type.getName(), methods.size(), name);
    }
    return methods.get(0);
  }

  private static final class NoSuchTestException extends RuntimeException {

    private static final long serialVersionUID = 1;

    NoSuchTestException(String message, Object... values) {
      super(message.formatted(values));
    }
  }
}
