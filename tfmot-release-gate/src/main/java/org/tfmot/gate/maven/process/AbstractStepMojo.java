package org.tfmot.gate.maven.process;

import java.io.IOException;
import org.apache.maven.plugins.annotations.Parameter;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.engine.GateSpec;
import org.tfmot.gate.maven.AbstractProcessMojo;
import org.tfmot.gate.maven.GoalArguments;
import org.tfmot.gate.maven.Signer;
import org.tfmot.gate.process.Candidate;
import org.tfmot.gate.process.Journal;
import org.tfmot.gate.process.ProcessEvent;
import org.tfmot.gate.process.ProcessStatus;

/** A goal that takes one step for one technique, as it is built now. */
abstract class AbstractStepMojo extends AbstractProcessMojo {

  /** The technique. */
  @Parameter(property = "gate.technique")
  @Nullable String technique;

  @Override
  protected void act() throws IOException, InterruptedException {
    Signer signer = signer();
    Journal journal = journal();
    GateSpec spec = spec();
    Candidate candidate = candidate(GoalArguments.technique(spec.techniques(), technique), spec);
    signer.take(step(signer.name(), candidate, spec), candidate, journal);
    getLog().info(ProcessStatus.of(journal, candidate).toString());
  }

  /**
   * The step.
   *
   * @param by whoever signs it
   */
  abstract ProcessEvent step(String by, Candidate candidate, GateSpec spec)
      throws IOException, InterruptedException;
}
