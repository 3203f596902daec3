package org.tfmot.officialmodels.core;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import org.tfmot.api.GraphModel;
import org.tfmot.api.OptimizationReport;
import org.tfmot.api.experiment.ModelExporter;
import org.tfmot.api.io.AtomicFolder;

/**
 * Writes a trained model to {@code export/<step>} in a folder: as a SavedModel, and in the formats
 * of all exporters on the class path. The folder of a step is there with all its files or not at
 * all; an older one of the same step is replaced.
 */
final class ModelExport {

  private static final String SAVED_MODEL = "saved_model";

  private final Path folder;

  ModelExport(Path folder) {
    this.folder = folder.resolve("export");
  }

  /**
   * Writes a stripped model.
   *
   * @param reports of the techniques that were applied to it
   * @return lines for users about what was written
   * @throws UncheckedIOException if it cannot be written; the message names folder and reason
   */
  List<String> write(GraphModel stripped, List<OptimizationReport> reports, long step) {
    Path target = folder.resolve(Long.toString(step));
    List<String> lines = new ArrayList<>();
    AtomicFolder.write(
        target,
        temporary -> {
          stripped.save(temporary.resolve(SAVED_MODEL));
          lines.add(SAVED_MODEL + ": TensorFlow SavedModel, stripped");
          for (ModelExporter exporter :
              ServiceLoader.load(ModelExporter.class, ModelExporter.class.getClassLoader())) {
            lines.add(exporter.export(stripped, reports, temporary));
          }
        });
    return lines.stream().map(line -> "exported %s/%s".formatted(target, line)).toList();
  }
}
