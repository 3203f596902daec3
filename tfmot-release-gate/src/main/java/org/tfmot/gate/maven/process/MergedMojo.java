package org.tfmot.gate.maven.process;

import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.ResolutionScope;
import org.apiguardian.api.API;
import org.tfmot.gate.engine.GateSpec;
import org.tfmot.gate.process.Candidate;
import org.tfmot.gate.process.ProcessEvent;

/** Records that the example of a technique is merged; who may give FINAL signs. */
@API(status = API.Status.INTERNAL, since = "0.1.0")
@Mojo(name = "merged", requiresDependencyResolution = ResolutionScope.TEST, threadSafe = true)
public final class MergedMojo extends AbstractStepMojo {

  @Override
  ProcessEvent step(String by, Candidate candidate, GateSpec spec) {
    return new ProcessEvent.Merged(candidate.descriptor().technique(), by, candidate.revision());
  }
}
