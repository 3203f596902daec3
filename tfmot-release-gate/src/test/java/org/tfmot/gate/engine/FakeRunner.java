package org.tfmot.gate.engine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.RunStatus;
import org.tfmot.gate.run.ConvergenceRunner;
import org.tfmot.gate.run.RunRequest;
import org.tfmot.gate.run.RunResult;
import org.tfmot.gate.run.VoidCause;

/** A training that is a draw of seeded normals: the same seed gives the same run. */
public final class FakeRunner implements ConvergenceRunner {

  static final double SECONDS = 90;
  static final int STEPS = 10;

  /** What the gate asked for, in order. */
  final List<RunRequest> requests = new ArrayList<>();

  /** How the n-th run (from 1) ends instead. */
  final Map<Integer, RunStatus> instead = new HashMap<>();

  /** The run (from 1) in which the gate is killed. */
  int killedIn;

  private final Map<String, ToDoubleFunction<Random>> metrics = new TreeMap<>();

  /** Thrown where a gate would be killed. */
  static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /** Reports a metric: rises to its last value over ten evaluations at steps 100, 200, ... */
  public FakeRunner with(String metric, ToDoubleFunction<Random> value) {
    metrics.put(metric, value);
    return this;
  }

  /** Reports a metric with normal noise. */
  public FakeRunner normal(String metric, double mean, double deviation) {
    return with(metric, random -> mean + deviation * random.nextGaussian());
  }

  /** Why runs that end VOID do. */
  VoidCause voidCause = VoidCause.OUT_OF_MEMORY;

  /** Lets the n-th run, from 1, end VOID. */
  public void voids(int run) {
    instead.put(run, RunStatus.VOID);
  }

  @Override
  public RunResult run(RunRequest request) throws IOException {
    requests.add(request);
    if (requests.size() == killedIn) {
      throw new Killed();
    }
    RunStatus status = instead.getOrDefault(requests.size(), RunStatus.OK);
    Files.createDirectories(request.folder());
    Path curves = request.folder().resolve("curves.jsonl");
    SortedMap<String, Double> last = new TreeMap<>();
    StringBuilder lines = new StringBuilder();
    Random random = new Random(request.seed());
    metrics.forEach(
        (metric, value) -> {
          double end = value.applyAsDouble(random);
          for (int step = 1; step <= STEPS; step++) {
            double now = end - Math.abs(end) * 0.3 * Math.exp(-step) * (step < STEPS ? 1 : 0);
            lines.append(
                "{\"metric\":\"%s\",\"step\":%d,\"value\":%s}\n"
                    .formatted(metric, 100 * step, now));
          }
          last.put(metric, end);
        });
    byte[] bytes = lines.toString().getBytes(StandardCharsets.UTF_8);
    Files.write(curves, bytes);
    return new RunResult(
        status,
        status == RunStatus.VOID ? voidCause : null,
        detail(status),
        last,
        curves,
        Digest.of(bytes),
        request.folder().resolve("run.log"),
        SECONDS,
        OptionalLong.empty());
  }

  private static @Nullable String detail(RunStatus status) {
    return switch (status) {
      case OK -> null;
      case DIVERGED -> "loss is NaN at step 300";
      case INVALID -> "invalid report: \"value\" is \"high\"";
      case VOID -> "java.lang.OutOfMemoryError";
    };
  }
}
