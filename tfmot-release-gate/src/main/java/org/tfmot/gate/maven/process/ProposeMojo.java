package org.tfmot.gate.maven.process;

import java.io.IOException;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.maven.AbstractProcessMojo;
import org.tfmot.gate.maven.GoalArguments;

/**
 * Puts an RFC up for placement; its author signs. Done again, it starts the process of its
 * technique again.
 */
@API(status = API.Status.INTERNAL, since = "0.1.0")
@Mojo(name = "propose", threadSafe = true)
public final class ProposeMojo extends AbstractProcessMojo {

  /** The RFC: a Markdown file. */
  @Parameter(property = "gate.rfc")
  @Nullable String rfc;

  @Override
  protected void act() throws IOException, InterruptedException {
    Proposal proposal = Proposal.read(file(GoalArguments.required(rfc, "-Dgate.rfc=<file>.md")));
    proposal.take(signer(), journal());
    getLog()
        .info(
            "%s is proposed; next: its placement, by OFFICIAL_MODELS (gate:place)"
                .formatted(proposal.rfc().technique()));
  }
}
