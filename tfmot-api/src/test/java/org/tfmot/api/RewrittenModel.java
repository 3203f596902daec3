package org.tfmot.api;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.SavedModel;

/** SavedModels that differ from those that this library writes. */
final class RewrittenModel {

  private RewrittenModel() {}

  /** Saves a model and changes its graph in the file. */
  static void save(Path directory, GraphModel model, Consumer<MetaGraphDef.Builder> change)
      throws IOException {
    model.save(directory);
    Path file = directory.resolve("saved_model.pb");
    SavedModel.Builder saved = SavedModel.parseFrom(Files.readAllBytes(file)).toBuilder();
    change.accept(saved.getMetaGraphsBuilder(0));
    Files.write(file, saved.build().toByteArray());
  }

  /** Requires a SavedModel to be refused with a message that has a part. */
  static void assertRefused(Path directory, String part) {
    var error = assertThrows(IllegalArgumentException.class, () -> GraphModel.load(directory));
    assertTrue(error.getMessage().contains(part), error.getMessage());
  }
}
