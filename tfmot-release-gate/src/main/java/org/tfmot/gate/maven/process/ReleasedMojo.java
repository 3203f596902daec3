package org.tfmot.gate.maven.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.apache.maven.plugins.annotations.ResolutionScope;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.engine.GateSpec;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.process.Candidate;
import org.tfmot.gate.process.ProcessEvent;

/** Records that a stable version with a technique is out; the release job signs. */
@API(status = API.Status.INTERNAL, since = "0.1.0")
@Mojo(name = "released", requiresDependencyResolution = ResolutionScope.TEST, threadSafe = true)
public final class ReleasedMojo extends AbstractStepMojo {

  /** The version that is out: major.minor.patch. */
  @Parameter(property = "gate.version", defaultValue = "${project.version}")
  String version;

  /** The attestation that was uploaded; by default the one that this build made. */
  @Parameter(property = "gate.attestation")
  @Nullable String attestation;

  @Override
  ProcessEvent step(String by, Candidate candidate, GateSpec spec) throws IOException {
    Path file =
        attestation == null ? outputFolder().resolve("gate.intoto.jsonl") : file(attestation);
    if (!Files.isRegularFile(file)) {
      throw new IllegalStateException(
          "there is no attestation %s: name the one that was uploaded with -Dgate.attestation"
              .formatted(file));
    }
    return new ProcessEvent.Released(
        candidate.descriptor().technique(), by, candidate.revision(), version, Digest.of(file));
  }
}
