package org.tfmot.gate.report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apiguardian.api.API;
import org.tfmot.gate.engine.ClaimVerdict;
import org.tfmot.gate.engine.GateResult;
import org.tfmot.gate.engine.RunValue;
import org.tfmot.gate.process.TimelineEntry;

/**
 * The content of {@code gate.json}; every other file of the report is rendered from it.
 *
 * @param schemaVersion {@value #SCHEMA_VERSION}
 * @param project what is released, such as {@code org.example:trainer:1.2.0}
 * @param gate name and version of the gate
 * @param time when it ended (ISO 8601, UTC)
 * @param result what it found
 * @param curves what the runs reported of the claims' metrics
 * @param approvals technique to the steps of its process; may be empty
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record GateDocument(
    int schemaVersion,
    String project,
    String gate,
    String time,
    GateResult result,
    List<RunCurve> curves,
    SortedMap<String, List<TimelineEntry>> approvals) {

  /** The schema that this version reads and writes. */
  public static final int SCHEMA_VERSION = 1;

  /**
   * Copies the collections.
   *
   * @throws IllegalArgumentException if it is of another schema
   */
  public GateDocument {
    if (schemaVersion != SCHEMA_VERSION) {
      throw new IllegalArgumentException(
          "schemaVersion is %d, this gate reads %d".formatted(schemaVersion, SCHEMA_VERSION));
    }
    curves = List.copyOf(curves);
    SortedMap<String, List<TimelineEntry>> copy = new TreeMap<>();
    approvals.forEach((technique, steps) -> copy.put(technique, List.copyOf(steps)));
    approvals = Collections.unmodifiableSortedMap(copy);
  }

  /**
   * Collects a document. Curves of runs that other machines made, or that were deleted, are left
   * out.
   *
   * @param output the folder that the gate's runs are in
   * @throws IOException if a curve cannot be read
   */
  public static GateDocument of(
      String project,
      String gate,
      String time,
      GateResult result,
      Path output,
      SortedMap<String, List<TimelineEntry>> approvals)
      throws IOException {
    List<RunCurve> curves = new ArrayList<>();
    for (ClaimVerdict verdict : result.verdicts()) {
      for (RunValue run : verdict.runs()) {
        RunCurve curve = RunCurve.read(output, verdict, run);
        if (curve != null && !curve.points().isEmpty()) {
          curves.add(curve);
        }
      }
    }
    return new GateDocument(SCHEMA_VERSION, project, gate, time, result, curves, approvals);
  }

  /** The curves of a claim. */
  List<RunCurve> curves(String claim) {
    return curves.stream().filter(curve -> curve.claim().equals(claim)).toList();
  }

  /** {@code 3 of 4 claims hold}. */
  String message() {
    long holding = result.verdicts().stream().filter(v -> Words.passes(v.state())).count();
    return "%d of %d claims hold".formatted(holding, result.verdicts().size());
  }
}
