package org.tfmot.gate.maven.debug;

import java.io.IOException;
import java.security.SecureRandom;
import java.util.List;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.apache.maven.plugins.annotations.ResolutionScope;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.engine.GateSpec;
import org.tfmot.gate.ledger.Ledger;
import org.tfmot.gate.maven.AbstractGateMojo;
import org.tfmot.gate.maven.GoalArguments;
import org.tfmot.gate.maven.run.Environments;
import org.tfmot.gate.maven.run.Environments.Environment;

/**
 * Makes a recorded run again, with the same seed on the same class path, and compares what it
 * reports. The build fails unless it is identical; then the first step that differs is named.
 */
@API(status = API.Status.INTERNAL, since = "0.1.0")
@Mojo(name = "replay", requiresDependencyResolution = ResolutionScope.TEST, threadSafe = true)
public final class ReplayMojo extends AbstractGateMojo {

  /** The id of a claim that the run counts for. */
  @Parameter(property = "gate.claim")
  @Nullable String claim;

  /** The number of the run. */
  @Parameter(property = "gate.run")
  @Nullable Integer run;

  /** The first digits of the key's digest, if several keys have such a run; else the newest. */
  @Parameter(property = "gate.runKey")
  @Nullable String runKey;

  /**
   * Replays although class path, test or data are others now: what differs then is what they do
   * under the same seed.
   */
  @Parameter(property = "gate.anyClassPath", defaultValue = "false")
  boolean anyClassPath;

  /** Instead of a claim and a run: how many recorded runs of this very build, drawn at random. */
  @Parameter(property = "gate.rerun")
  @Nullable Integer rerun;

  @Override
  protected void act() throws IOException, InterruptedException, MojoFailureException {
    if (rerun == null && run == null) {
      throw new IllegalArgumentException(
          "the goal has to be told -Dgate.run=<number>, or -Dgate.rerun=<how many>");
    }
    GateSpec spec = spec();
    if (rerun != null) {
      if (run != null || claim != null || runKey != null) {
        throw new IllegalArgumentException(
            "-Dgate.rerun draws the runs: leave out gate.claim, gate.run and gate.runKey");
      }
      for (RecordedRun drawn :
          RecordedRun.draw(Ledger.read(spec.ledger()), spec, rerun, new SecureRandom())) {
        again(spec, drawn.start().claimIds().first(), drawn.end().index(), drawn.key().hex());
      }
      return;
    }
    if (run != null) {
      again(spec, claim, run, runKey);
    }
  }

  private void again(GateSpec spec, @Nullable String claim, int run, @Nullable String runKey)
      throws IOException, InterruptedException, MojoFailureException {
    Replay replay = Replay.of(spec, Environments.of(record("environments")), claim, run, runKey);
    Environment present =
        Environments.present(
            spec.key(Replay.test(spec, GoalArguments.claim(spec.techniques(), claim))),
            classpath().lock(),
            jvmOptions);
    List<String> others = replay.otherInputs(present);
    if (!others.isEmpty() && !anyClassPath) {
      throw new IllegalStateException(
          "run %d was made on something else, so that it would not be the same run:%n  %s%n"
                  .formatted(run, String.join("\n  ", others))
              + "check out what it was made from, or compare across with -Dgate.anyClassPath");
    }
    others.forEach(getLog()::warn);
    getLog()
        .info(
            "run %d of %s, seed %d, again in %s"
                .formatted(run, claim, replay.run().end().seed(), replay.folder()));
    List<String> differences = replay.differences();
    if (!differences.isEmpty()) {
      throw new MojoFailureException(
          "run %d is not the same again:%n  %s".formatted(run, String.join("\n  ", differences)));
    }
    getLog().info("identical: " + replay.run().end().curvesDigest());
  }
}
