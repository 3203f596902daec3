package org.tfmot.examples.resnetcifar;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.tfmot.examples.report.TrainingCurve;
import org.tfmot.examples.report.TrainingCurve.Point;
import org.tfmot.officialmodels.core.Metrics;
import org.tfmot.officialmodels.core.ProgressListener;
import org.tfmot.officialmodels.core.TrainingListener;

/**
 * Keeps means of the loss over a few steps and every evaluation for the report, and shows progress
 * on the terminal. The curve lives in a file beside the checkpoints, so that a resumed run has all
 * of it.
 */
final class CurveRecorder implements TrainingListener {

  private static final int POINTS = 60;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final TrainingListener terminal = ProgressListener.create();
  private final Path file;
  private final String variant;
  private final long interval;
  private final List<Point> losses = new ArrayList<>();
  private final List<Point> accuracies = new ArrayList<>();
  private double sum;
  private int count;

  /**
   * Prepares a recorder.
   *
   * @param folder where the variant is trained
   */
  CurveRecorder(Path folder, String variant, long steps) {
    this.file = folder.resolve("curve.json");
    this.variant = variant;
    this.interval = Math.max(1, steps / POINTS);
  }

  /** Returns the curve of this run or, if nothing was trained in it, of earlier runs. */
  TrainingCurve curve() {
    if (losses.isEmpty() && Files.exists(file)) {
      return read();
    }
    return new TrainingCurve(variant, losses, accuracies);
  }

  @Override
  public void started(long firstStep, long endStep) {
    losses.clear();
    accuracies.clear();
    if (firstStep > 0 && Files.exists(file)) {
      TrainingCurve earlier = read();
      keep(earlier.loss(), losses, firstStep);
      keep(earlier.top1(), accuracies, firstStep);
    }
    terminal.started(firstStep, endStep);
  }

  /** Steps behind the checkpoint that a run was resumed from are computed again. */
  private static void keep(List<Point> from, List<Point> to, long last) {
    from.stream().filter(point -> point.step() <= last).forEach(to::add);
  }

  @Override
  public void stepped(long step, float loss) {
    terminal.stepped(step, loss);
    sum += loss;
    count++;
    if ((step + 1) % interval == 0) {
      losses.add(new Point(step + 1, sum / count));
      sum = 0;
      count = 0;
      write();
    }
  }

  @Override
  public void evaluating(long steps, long done, long total) {
    terminal.evaluating(steps, done, total);
  }

  @Override
  public void evaluated(long steps, Metrics metrics) {
    terminal.evaluated(steps, metrics);
    // A finished run that is run again evaluates its last step again.
    accuracies.removeIf(point -> point.step() >= steps);
    accuracies.add(new Point(steps, metrics.get("accuracy")));
    write();
  }

  @Override
  public void finished() {
    terminal.finished();
  }

  private TrainingCurve read() {
    try {
      return JSON.readValue(file.toFile(), TrainingCurve.class);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the training curve " + file, e);
    }
  }

  private void write() {
    if (losses.isEmpty()) {
      return;
    }
    Path fresh = file.resolveSibling(file.getFileName() + ".tmp");
    try {
      JSON.writeValue(fresh.toFile(), new TrainingCurve(variant, losses, accuracies));
      Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the training curve " + file, e);
    }
  }
}
