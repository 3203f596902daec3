package org.tfmot.gate.maven.run;

import java.io.IOException;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.ResolutionScope;
import org.apiguardian.api.API;
import org.tfmot.gate.claim.TechniqueDescriptor;
import org.tfmot.gate.engine.Gate;
import org.tfmot.gate.engine.GateResult;
import org.tfmot.gate.engine.GateSpec;
import org.tfmot.gate.maven.AbstractProcessMojo;
import org.tfmot.gate.process.ProcessStatus;

/**
 * Tells how all claims stand without a run, and for each technique its state in the process and the
 * one thing that is missing next.
 */
@API(status = API.Status.INTERNAL, since = "0.1.0")
@Mojo(
    name = "status",
    defaultPhase = LifecyclePhase.VERIFY,
    requiresDependencyResolution = ResolutionScope.TEST,
    threadSafe = true)
public final class StatusMojo extends AbstractProcessMojo {

  @Override
  protected void act() throws IOException, InterruptedException {
    GateSpec spec = spec();
    GateResult result = new Gate(spec).status();
    result.verdicts().forEach(verdict -> getLog().info(verdict.sentence()));
    warnOfChanges();
    for (TechniqueDescriptor technique : spec.techniques()) {
      getLog().info(ProcessStatus.of(journal(), candidate(technique, spec)).toString());
    }
    result.coverageProblems().forEach(getLog()::error);
    result.refusals().forEach(getLog()::error);
    getLog()
        .info(
            result.released()
                ? "the claims are proven, as far as they go: " + outlook(spec)
                : "a release is BLOCKED");
  }

  /** States are those of the commit; what is built may be something else. */
  private void warnOfChanges() throws IOException, InterruptedException {
    try {
      requireCommitted(null);
    } catch (IllegalStateException e) {
      getLog()
          .warn("the states below are those of commit %s; %s".formatted(head(), e.getMessage()));
    }
  }
}
