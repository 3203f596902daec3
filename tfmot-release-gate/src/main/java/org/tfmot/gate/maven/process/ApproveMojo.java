package org.tfmot.gate.maven.process;

import java.io.IOException;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.apache.maven.plugins.annotations.ResolutionScope;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.engine.GateSpec;
import org.tfmot.gate.maven.GoalArguments;
import org.tfmot.gate.process.ApprovalStep;
import org.tfmot.gate.process.Candidate;
import org.tfmot.gate.process.ProcessEvent;

/** Approves a technique at the present commit, with its present claims and example. */
@API(status = API.Status.INTERNAL, since = "0.1.0")
@Mojo(name = "approve", requiresDependencyResolution = ResolutionScope.TEST, threadSafe = true)
public final class ApproveMojo extends AbstractStepMojo {

  /** TFMOT_REVIEW, MAY_DEPEND or FINAL. */
  @Parameter(property = "gate.step")
  @Nullable String step;

  @Override
  protected void act() throws IOException, InterruptedException {
    approval();
    super.act();
  }

  private ApprovalStep approval() {
    return GoalArguments.oneOf(ApprovalStep.class, step, "gate.step");
  }

  @Override
  ProcessEvent step(String by, Candidate candidate, GateSpec spec) {
    return new ProcessEvent.Approved(
        candidate.descriptor().technique(), by, approval(), candidate.revision());
  }
}
