package org.tfmot.gate.maven.run;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.ResolutionScope;
import org.apiguardian.api.API;
import org.tfmot.gate.claim.TechniqueDescriptor;
import org.tfmot.gate.engine.Gate;
import org.tfmot.gate.engine.GateResult;
import org.tfmot.gate.engine.GateSpec;
import org.tfmot.gate.maven.AbstractProcessMojo;
import org.tfmot.gate.maven.Reactor;
import org.tfmot.gate.process.Journal;
import org.tfmot.gate.process.ProcessStatus;
import org.tfmot.gate.process.TimelineEntry;
import org.tfmot.gate.report.GateDocument;
import org.tfmot.gate.report.GateReport;
import org.tfmot.gate.report.LiveLines;

/**
 * Runs the gate: convergence tests, one after the other, until every claim is decided. The build
 * fails unless all of them are at PASS. What it made is in the ledger, and the next run goes on
 * from there.
 */
@API(status = API.Status.INTERNAL, since = "0.1.0")
@Mojo(
    name = "run",
    defaultPhase = LifecyclePhase.VERIFY,
    requiresDependencyResolution = ResolutionScope.TEST,
    threadSafe = true)
public final class RunMojo extends AbstractProcessMojo {

  private static final int WIDTH = 160;

  @Override
  protected void act() throws IOException, InterruptedException, MojoFailureException {
    GateSpec spec = spec();
    requireTrueTables(spec.techniques());
    if (spec.options().runner() != null && spec.options().runners() != null) {
      requireContinuedLedger(spec.options().runners());
    }
    classpath().lock().write(outputFolder().resolve("gate.lock"));
    Environments.of(record("environments")).keep(spec, classpath().lock(), jvmOptions);
    SortedMap<String, List<TimelineEntry>> approvals = approvals(spec);
    boolean terminal = System.console() != null && session.getRequest().isInteractiveMode();
    GateResult result = new Gate(spec).run(new LiveLines(System.out, terminal, WIDTH));
    report(result, approvals);
    if (!result.released()) {
      throw new MojoFailureException(runnable(message(result)));
    }
    getLog().info("all %d claims hold: %s".formatted(result.verdicts().size(), outlook(spec)));
  }

  /** Read before the runs: a damaged journal is told before hours of training. */
  private SortedMap<String, List<TimelineEntry>> approvals(GateSpec spec)
      throws IOException, InterruptedException {
    SortedMap<String, List<TimelineEntry>> approvals = new TreeMap<>();
    if (Files.exists(record("journal.jsonl"))) {
      Journal journal = journal();
      for (TechniqueDescriptor technique : spec.techniques()) {
        approvals.put(
            technique.technique(),
            ProcessStatus.of(journal, candidate(technique, spec)).timeline());
      }
    }
    return approvals;
  }

  private void report(GateResult result, SortedMap<String, List<TimelineEntry>> approvals)
      throws IOException {
    GateReport.write(
        outputFolder(),
        GateDocument.of(
            Reactor.pom(session.getTopLevelProject()).coordinates(),
            gate,
            Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
            result,
            outputFolder(),
            approvals));
    getLog().info("the report is " + outputFolder().resolve(GateReport.HTML));
  }

  /** Describes everything that is wrong: by how much, how sure, whose, and the next command. */
  private static String message(GateResult result) {
    return "the release is BLOCKED\n  " + String.join("\n  ", result.problems());
  }
}
