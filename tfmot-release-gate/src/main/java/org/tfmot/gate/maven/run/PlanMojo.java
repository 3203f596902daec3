package org.tfmot.gate.maven.run;

import java.io.IOException;
import java.nio.file.Files;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.ResolutionScope;
import org.apiguardian.api.API;
import org.tfmot.gate.engine.Gate;
import org.tfmot.gate.engine.GatePlan;
import org.tfmot.gate.engine.GatePlan.PlannedClaim;
import org.tfmot.gate.engine.GatePlan.PlannedTest;
import org.tfmot.gate.json.Json;
import org.tfmot.gate.maven.AbstractGateMojo;

/**
 * Tells what would be run, how long it will take, and what evidence counts already; {@code
 * plan.json} beside the reports says the same.
 */
@API(status = API.Status.INTERNAL, since = "0.1.0")
@Mojo(
    name = "plan",
    defaultPhase = LifecyclePhase.VERIFY,
    requiresDependencyResolution = ResolutionScope.TEST,
    threadSafe = true)
public final class PlanMojo extends AbstractGateMojo {

  @Override
  protected void act() throws IOException, InterruptedException {
    Gate gate = new Gate(spec());
    GatePlan plan = gate.plan();
    for (PlannedTest test : plan.tests()) {
      getLog()
          .info(
              "%s: %d runs, about %.0f min%s%s"
                  .formatted(
                      test.name(),
                      test.expectedRuns(),
                      test.expectedMinutes(),
                      test.measured() ? "" : " at most",
                      test.inShard() ? "" : " (on another machine)"));
      test.changes().forEach(change -> getLog().info("  not as it was: " + change));
      for (PlannedClaim claim : plan.claims()) {
        if (claim.test().equals(test.name())) {
          getLog().info("  " + claim.text());
        }
      }
    }
    getLog()
        .info(
            "together %d runs, about %.0f min; evidence is in %s"
                .formatted(plan.expectedRuns(), plan.expectedMinutes(), ledgerFile()));
    Files.createDirectories(outputFolder());
    Json.write(outputFolder().resolve("plan.json"), plan);
    plan.coverageProblems().forEach(getLog()::error);
    plan.refusals().forEach(getLog()::error);
    gate.advice().forEach(getLog()::warn);
  }
}
