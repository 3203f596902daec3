package org.tfmot.officialmodels.core;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.tfmot.api.OptimizationReport;
import org.tfmot.api.io.AtomicFile;

/** Writes {@code techniques.txt}: what was done to each operation, and what was not and why. */
final class TechniqueReports {

  private static final String FILE = "techniques.txt";

  private TechniqueReports() {}

  /** Does nothing if no technique was applied. */
  static void write(List<OptimizationReport> reports, Path folder) {
    if (!reports.isEmpty()) {
      String text =
          reports.stream().map(OptimizationReport::toString).collect(Collectors.joining("\n\n"));
      AtomicFile.write(folder.resolve(FILE), text + "\n");
    }
  }
}
