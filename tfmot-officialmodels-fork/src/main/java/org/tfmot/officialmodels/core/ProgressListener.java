package org.tfmot.officialmodels.core;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Locale;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.officialmodels.progress.ProgressDisplay;
import org.tfmot.officialmodels.progress.ProgressUnit;

/**
 * Shows training and evaluation on the standard error: a bar in a terminal, else a line for every
 * tenth of the work.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class ProgressListener implements TrainingListener {

  private static final ProgressUnit STEPS = ProgressUnit.of("steps");
  private static final ProgressUnit EXAMPLES = ProgressUnit.of("examples");

  private final ProgressDisplay.Factory displays;
  private final PrintStream out;
  private @Nullable ProgressDisplay training;
  private @Nullable ProgressDisplay evaluation;
  private double loss = Double.NaN;
  private String lastMetrics = "";

  private ProgressListener(ProgressDisplay.Factory displays, PrintStream out) {
    this.displays = displays;
    this.out = out;
  }

  /** Chooses by what the standard error is. */
  public static ProgressListener create() {
    return new ProgressListener(ProgressDisplay.standardError(), System.err);
  }

  /** Prints lines, as suits a log file. */
  public static ProgressListener lines(PrintStream out) {
    return new ProgressListener(ProgressDisplay.lines(out), out);
  }

  @Override
  public void started(long firstStep, long endStep) {
    if (firstStep > 0) {
      out.println("resuming at step " + firstStep);
    }
    if (firstStep < endStep) {
      training = displays.open("train", STEPS, firstStep, endStep);
    }
  }

  @Override
  public void stepped(long step, float stepLoss) {
    // A moving average: the loss of single steps jumps.
    loss = Double.isNaN(loss) ? stepLoss : 0.98 * loss + 0.02 * stepLoss;
    if (training != null) {
      training.update(step + 1, String.format(Locale.ROOT, "loss %.4f%s", loss, lastMetrics));
    }
  }

  @Override
  public void evaluating(long steps, long done, long total) {
    if (training != null) {
      training.message(String.format(Locale.ROOT, "evaluating %d/%d%s", done, total, lastMetrics));
      return;
    }
    if (evaluation == null) {
      evaluation = displays.open("evaluate", EXAMPLES, 0, total);
    }
    evaluation.update(done, "");
  }

  @Override
  public void evaluated(long steps, Metrics metrics) {
    StringBuilder text = new StringBuilder();
    metrics
        .values()
        .forEach(
            (name, value) -> text.append(String.format(Locale.ROOT, ", %s %.4f", name, value)));
    lastMetrics = text.toString();
    closeEvaluation();
    if (training != null) {
      training.event(String.format(Locale.ROOT, "step %d%s", steps, lastMetrics));
    } else {
      out.printf(Locale.ROOT, "step %d%s%n", steps, lastMetrics);
    }
  }

  @Override
  public void stopped(long steps, Path folder) {
    finished();
    if (steps == 0) {
      out.println("stopped before the first step");
    } else {
      out.printf(
          Locale.ROOT,
          "stopped: %d steps are saved in %s; the same command goes on from there%n",
          steps,
          folder);
    }
  }

  @Override
  public void finished() {
    closeEvaluation();
    if (training != null) {
      training.close();
      training = null;
    }
  }

  private void closeEvaluation() {
    if (evaluation != null) {
      evaluation.close();
      evaluation = null;
    }
  }
}
