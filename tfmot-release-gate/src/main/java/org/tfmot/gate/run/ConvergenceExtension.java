package org.tfmot.gate.run;

import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Gives a convergence test its run, in an IDE and in a process of the gate. */
final class ConvergenceExtension implements ParameterResolver, AfterTestExecutionCallback {

  private static final ExtensionContext.Namespace NAMESPACE =
      ExtensionContext.Namespace.create(ConvergenceExtension.class);

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == ConvergenceRun.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return run(context);
  }

  @Override
  public void afterTestExecution(ExtensionContext context) {
    if (context.getExecutionException().isEmpty()) {
      run(context).check();
    }
  }

  private static ActiveRun run(ExtensionContext context) {
    String name =
        context.getRequiredTestClass().getName() + "." + context.getRequiredTestMethod().getName();
    return context.getStore(NAMESPACE).getOrComputeIfAbsent(name, ActiveRun::open, ActiveRun.class);
  }
}
