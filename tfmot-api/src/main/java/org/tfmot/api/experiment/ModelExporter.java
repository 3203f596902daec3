package org.tfmot.api.experiment;

import java.nio.file.Path;
import java.util.List;
import org.apiguardian.api.API;
import org.tfmot.api.GraphModel;
import org.tfmot.api.OptimizationReport;

/**
 * Writes a trained model in the format of a runtime. Implementations are found by {@link
 * java.util.ServiceLoader}; experiments export to all of them.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public interface ModelExporter {

  /**
   * Writes files.
   *
   * @param model for inference, stripped
   * @param reports what techniques did to the model, in their order; empty if none did
   * @param folder an empty folder
   * @return a line for users about what was written, such as {@code model.tflite: int8, 279,312
   *     bytes}
   * @throws IllegalArgumentException if the model cannot be written in the format
   */
  String export(GraphModel model, List<OptimizationReport> reports, Path folder);
}
