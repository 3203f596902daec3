package org.tfmot.gate.maven.run;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.apache.maven.plugins.annotations.ResolutionScope;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.claim.Claim;
import org.tfmot.gate.claim.TechniqueDescriptor;
import org.tfmot.gate.engine.GateSpec;
import org.tfmot.gate.engine.GateTest;
import org.tfmot.gate.ledger.RunStatus;
import org.tfmot.gate.maven.AbstractGateMojo;
import org.tfmot.gate.run.RunRequest;
import org.tfmot.gate.run.RunResult;

/**
 * Makes the reference runs that a claim is registered with, and prints what each of its metrics
 * came to: the values for {@code calibration}. The seeds are 1, 2, 3, ..., which the gate does not
 * use. What was made is kept; started again, it goes on.
 */
@API(status = API.Status.INTERNAL, since = "0.1.0")
@Mojo(
    name = "calibrate",
    defaultPhase = LifecyclePhase.VERIFY,
    requiresDependencyResolution = ResolutionScope.TEST,
    threadSafe = true)
public final class CalibrateMojo extends AbstractGateMojo {

  /** Runs of each test. */
  @Parameter(property = "gate.runs", defaultValue = "8")
  int runs;

  /** A part of the name of the tests to run; all by default. */
  @Parameter(property = "gate.test")
  @Nullable String test;

  @Override
  protected void act() throws IOException, InterruptedException {
    GateSpec spec = spec();
    for (GateTest each : spec.tests()) {
      List<Claim> claims = claims(spec.techniques(), each);
      if (!claims.isEmpty() && (test == null || each.name().contains(test))) {
        calibrate(each, claims);
      }
    }
  }

  private static List<Claim> claims(List<TechniqueDescriptor> techniques, GateTest test) {
    return techniques.stream()
        .flatMap(technique -> technique.claims().stream())
        .filter(claim -> claim.test().equals(test.name()))
        .toList();
  }

  private void calibrate(GateTest each, List<Claim> claims)
      throws IOException, InterruptedException {
    ReferenceRuns done = ReferenceRuns.read(record("reference-runs"), each.name());
    TreeSet<String> metrics = new TreeSet<>();
    claims.forEach(claim -> metrics.add(claim.metric()));
    double minutes =
        claims.stream().mapToDouble(claim -> claim.limits().maxMinutesPerRun()).max().orElseThrow();
    for (int seed = 1; seed <= runs; seed++) {
      if (done.has(seed)) {
        continue;
      }
      Path folder = outputFolder().resolve("reference-runs").resolve(each.name() + "-" + seed);
      RunResult result =
          each.runner()
              .run(
                  new RunRequest(
                      each.name(),
                      seed,
                      folder,
                      metrics,
                      Duration.ofMillis(Math.round(minutes * 60e3))));
      if (result.status() != RunStatus.OK) {
        throw new IllegalStateException(
            "reference run %d of %s is %s, %s; see %s"
                .formatted(seed, each.name(), result.status(), result.cause(), result.logFile()));
      }
      done = done.with(seed, result);
      getLog()
          .info(
              "%s, seed %d: %.0f s, %s"
                  .formatted(each.name(), seed, result.seconds(), result.metrics()));
    }
    for (Claim claim : claims) {
      List<Double> values = new ArrayList<>(done.values(claim.metric()));
      getLog().info("%s: \"calibration\": %s".formatted(claim.id(), values));
    }
  }
}
