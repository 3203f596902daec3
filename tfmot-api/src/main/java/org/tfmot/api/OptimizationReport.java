package org.tfmot.api;

import java.util.ArrayList;
import java.util.List;
import org.apiguardian.api.API;

/**
 * Operations that a technique changed, and those that it skipped, with the reason.
 *
 * @param technique the technique's name
 * @param applied the operations it changed
 * @param skipped the operations it left as they were
 * @param warnings what was done as asked but is likely to hurt
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record OptimizationReport(
    String technique, List<Entry> applied, List<Entry> skipped, List<Warning> warnings) {

  /**
   * One operation.
   *
   * @param operation its name
   * @param type its type
   * @param detail what was done, or why nothing was
   */
  public record Entry(String operation, String type, String detail) {}

  /**
   * Something that is likely to cost accuracy.
   *
   * @param tensor the name of the tensor
   * @param detail the reason, with numbers
   * @param remedy a way out
   */
  public record Warning(String tensor, String detail, String remedy) {}

  /** Copies the lists. */
  public OptimizationReport {
    applied = List.copyOf(applied);
    skipped = List.copyOf(skipped);
    warnings = List.copyOf(warnings);
  }

  /** A report without warnings. */
  public OptimizationReport(String technique, List<Entry> applied, List<Entry> skipped) {
    this(technique, applied, skipped, List.of());
  }

  /** Returns the report as readable lines: changed (+), left alone (-), warnings (!). */
  @Override
  public String toString() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%s: %d operations changed, %d left alone"
            .formatted(technique, applied.size(), skipped.size()));
    applied.forEach(e -> lines.add("  + %s (%s): %s".formatted(e.operation, e.type, e.detail)));
    skipped.forEach(e -> lines.add("  - %s (%s): %s".formatted(e.operation, e.type, e.detail)));
    warnings.forEach(w -> lines.add("  ! %s: %s; %s".formatted(w.tensor, w.detail, w.remedy)));
    return String.join(System.lineSeparator(), lines);
  }
}
