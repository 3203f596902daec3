package org.tfmot.gate.report;

import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.DoubleSupplier;
import org.tfmot.gate.engine.FakeRunner;
import org.tfmot.gate.engine.Gate;
import org.tfmot.gate.engine.GateListener;
import org.tfmot.gate.engine.GateResult;
import org.tfmot.gate.engine.GateSpec;
import org.tfmot.gate.engine.Toy;
import org.tfmot.gate.process.TimelineEntry;

/** Documents of gates that were run with a scripted training. */
final class Sample {

  private Sample() {}

  /** All three claims hold. */
  static GateDocument healthy(Path folder) throws Exception {
    return document(folder, Toy.runner(0, 0.8));
  }

  /** Accuracy holds, the zeros are lost, and too few runs reach the target. */
  static GateDocument broken(Path folder) throws Exception {
    int[] run = {0};
    DoubleSupplier reaches = () -> run[0]++ % 3 == 2 ? 0.86 : 0.92;
    return document(folder, Toy.runner(0, 0.02).with("accuracy", random -> reaches.getAsDouble()));
  }

  static GateDocument document(Path folder, FakeRunner runner) throws Exception {
    return document(folder, runner, GateListener.NONE);
  }

  static GateDocument document(Path folder, FakeRunner runner, GateListener listener)
      throws Exception {
    Toy toy = new Toy(folder);
    toy.runner = runner;
    GateSpec spec = toy.spec();
    GateResult result = new Gate(spec).run(listener);
    SortedMap<String, List<TimelineEntry>> approvals = new TreeMap<>();
    approvals.put(
        "pruning",
        List.of(
            new TimelineEntry("2026-01-05T09:00:00Z", "ada", "proposed, owners ada, bob", true, ""),
            new TimelineEntry(
                "2026-01-12T10:30:00Z",
                "tim",
                "approved (TFMOT) 1111111",
                false,
                "the commit is now 2222222"),
            new TimelineEntry(
                "2026-01-20T16:00:00Z", "tim", "approved (TFMOT) 2222222", true, "")));
    return GateDocument.of(
        "org.example:toy:1.0.0",
        "tfmot-release-gate 0.1.0",
        "2026-01-31T00:00:00Z",
        result,
        spec.output(),
        approvals);
  }
}
