package org.tfmot.gate.maven.process;

import java.io.IOException;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.ResolutionScope;
import org.apiguardian.api.API;
import org.tfmot.gate.engine.Gate;
import org.tfmot.gate.engine.GateSpec;
import org.tfmot.gate.process.Candidate;
import org.tfmot.gate.process.ProcessEvent;

/**
 * Says that all claims of a technique came to PASS in the signer's own runs; a reviewer of TFMOT
 * signs, who is not the author. Run the gate first, with {@code -Dgate.reproducer} too.
 */
@API(status = API.Status.INTERNAL, since = "0.1.0")
@Mojo(name = "reproduce", requiresDependencyResolution = ResolutionScope.TEST, threadSafe = true)
public final class ReproduceMojo extends AbstractStepMojo {

  @Override
  ProcessEvent step(String by, Candidate candidate, GateSpec spec) throws IOException {
    if (!spec.reproducer().equals(by)) {
      throw new IllegalStateException(
          "a reproduction has seeds of its own: run the gate, and this goal, with -Dgate.reproducer=%s"
              .formatted(by));
    }
    return Reproduction.of(by, candidate, new Gate(spec).status());
  }
}
