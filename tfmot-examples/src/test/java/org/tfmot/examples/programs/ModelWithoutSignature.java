package org.tfmot.examples.programs;

import static org.tfmot.examples.programs.Judgement.*;

import java.nio.file.Files;
import java.nio.file.Path;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.SavedModel;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;

/**
 * A SavedModel without any signature, as tf.saved_model.save writes a plain module. Loading it must
 * be refused with the reason, that it has no signature, and what to do (export with signatures, or
 * GraphModel.of with the graph); "say which to load, of []" helps nobody.
 */
final class ModelWithoutSignature implements UserProgram {
  @Override
  public void check() throws Exception {
    Path folder = Files.createTempDirectory("case").resolve("m");
    GraphModel.build(
            tf -> {
              Placeholder<TFloat32> x =
                  tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 2)));
              return Endpoints.builder()
                  .input("x", x)
                  .output("y", tf.linalg.matMul(x, tf.constant(new float[][] {{1, 2}, {3, -4}})))
                  .build();
            })
        .save(folder);
    Path pb = folder.resolve("saved_model.pb");
    SavedModel.Builder saved = SavedModel.parseFrom(Files.readAllBytes(pb)).toBuilder();
    saved.getMetaGraphsBuilder(0).clearSignatureDef();
    Files.write(pb, saved.build().toByteArray());
    try {
      GraphModel.load(folder);
    } catch (IllegalArgumentException e) {
      refused(e, "no signature", "without a signature", "without signatures");
      if (message(e).contains("of []"))
        throw wrong("says not what to do: " + message(e).replaceAll("/\\S*/", ""));
    }
  }
}
