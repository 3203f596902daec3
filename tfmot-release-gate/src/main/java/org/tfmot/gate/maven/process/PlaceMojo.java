package org.tfmot.gate.maven.process;

import java.io.IOException;
import java.nio.file.Path;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.apache.maven.plugins.annotations.ResolutionScope;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.claim.PlacementDecision;
import org.tfmot.gate.engine.GateSpec;
import org.tfmot.gate.maven.GoalArguments;
import org.tfmot.gate.process.Candidate;
import org.tfmot.gate.process.Placement;
import org.tfmot.gate.process.PlacementScores;
import org.tfmot.gate.process.ProcessEvent;
import org.tfmot.gate.process.Rfc;

/**
 * Decides where the example of a technique lives; someone of the Official Models signs. Without
 * scores it prints the criteria and what each score means.
 */
@API(status = API.Status.INTERNAL, since = "0.1.0")
@Mojo(name = "place", requiresDependencyResolution = ResolutionScope.TEST, threadSafe = true)
public final class PlaceMojo extends AbstractStepMojo {

  /** A score for each criterion, in their order and between commas; or a JSON file with them. */
  @Parameter(property = "gate.scores")
  @Nullable String scores;

  /** OFFICIAL or FORK. */
  @Parameter(property = "gate.placement")
  @Nullable String placement;

  /** Reason, in the words of the person who decides. */
  @Parameter(property = "gate.rationale")
  @Nullable String rationale;

  /** The RFC that was read; by default the file that the descriptor names. */
  @Parameter(property = "gate.rfc")
  @Nullable String rfc;

  @Override
  protected void act() throws IOException, InterruptedException {
    if (scores == null) {
      PlacementForm.lines().forEach(getLog()::info);
      return;
    }
    placement(scores);
    super.act();
  }

  /** Refuses a decision before the build is looked at. */
  private Placement placement(String text) throws IOException {
    PlacementScores points = PlacementForm.scores(text, this::file);
    return new Placement(
        points,
        GoalArguments.oneOf(PlacementDecision.class, placement, "gate.placement"),
        GoalArguments.required(rationale, "-Dgate.rationale=\"why, in your own words\""));
  }

  @Override
  ProcessEvent step(String by, Candidate candidate, GateSpec spec) throws IOException {
    Path text = rfc == null ? root().resolve(candidate.descriptor().rfc()) : file(rfc);
    Rfc read = Rfc.read(text);
    String name = candidate.descriptor().technique();
    if (!read.technique().equals(name)) {
      throw new IllegalArgumentException(
          "%s is the RFC of %s, not of %s".formatted(text, read.technique(), name));
    }
    return new ProcessEvent.Placed(
        name, by, read.digest(), placement(GoalArguments.required(scores, "-Dgate.scores")));
  }
}
