package org.tfmot.gate.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.tfmot.gate.json.Json;

/** The run that a test is given. */
final class ActiveRun implements ConvergenceRun, ExtensionContext.Store.CloseableResource {

  /** The file with the order of a forked run; without it the test runs in an IDE. */
  static final String ORDER = "org.tfmot.gate.run.order";

  private static final String SEED = "gate.seed";

  private final long seed;
  private final Path folder;
  private final boolean forked;
  private final CurveRecorder recorder;

  private ActiveRun(long seed, Path folder, Path curves, boolean forked) throws IOException {
    this.seed = seed;
    this.folder = folder;
    this.forked = forked;
    recorder = new CurveRecorder(curves);
  }

  /**
   * @param name of the test, as a file name
   */
  static ActiveRun open(String name) {
    try {
      String order = System.getProperty(ORDER);
      return order == null ? inIde(name) : ordered(Path.of(order));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ActiveRun ordered(Path file) throws IOException {
    RunFolder.Order order = Json.read(file, RunFolder.Order.class);
    return new ActiveRun(order.seed(), order.output(), order.curves(), true);
  }

  private static ActiveRun inIde(String name) throws IOException {
    RunFolder files = new RunFolder(Path.of("target", "gate", "ide", name));
    RunFolder.delete(files.path());
    Files.createDirectories(files.output());
    return new ActiveRun(Long.getLong(SEED, 1), files.output(), files.curves(), false);
  }

  @Override
  public long seed() {
    return seed;
  }

  @Override
  public Path folder() {
    return folder;
  }

  @Override
  public void report(String metric, long step, double value) {
    try {
      recorder.add(new MetricPoint(step, metric, value));
    } catch (IOException e) {
      if (forked) {
        ConvergenceMain.haltUnwritten(e);
      }
      throw new UncheckedIOException(e);
    }
    if (!forked) {
      System.out.printf("step %d  %s %s%n", step, metric, value);
    }
  }

  /** In an IDE nobody else looks at the reports: fails where the gate would not count them. */
  void check() {
    if (forked) {
      return;
    }
    Curves curves = recorder.curves();
    if (curves.metrics().isEmpty()) {
      throw new AssertionError("the test reported no metric: call ConvergenceRun.report");
    }
    for (String metric : curves.metrics()) {
      String problem = Ending.notFinite(curves, metric);
      if (problem != null) {
        throw new AssertionError(problem + ": the gate counts this run as diverged");
      }
    }
  }

  @Override
  public void close() throws IOException {
    recorder.close();
  }
}
