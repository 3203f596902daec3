package org.tfmot.techniques.fuzz;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.SavedModel;
import org.tfmot.api.GraphModel;
import org.tfmot.techniques.testing.Attempts;
import org.tfmot.techniques.testing.ChildTrials;

/** A SavedModel with a damaged graph file, as this toolkit saves it or as others do. */
public final class SavedModelTrial implements ChildTrials.Trial {

  @Override
  public String run(long seed) throws IOException {
    Random random = new Random(seed);
    Path parent = Files.createTempDirectory("fuzz");
    try {
      Path folder = parent.resolve("model");
      Samples.any(random).save(folder);
      Path file = folder.resolve("saved_model.pb");
      Files.write(file, damaged(Files.readAllBytes(file), random));
      if (random.nextInt(8) == 0) {
        // Other files that TensorFlow may read in the first one's stead.
        String other = random.nextBoolean() ? "saved_model.cpb" : "saved_model.pbtxt";
        Files.write(folder.resolve(other), Mutation.bytes(Files.readAllBytes(file), random));
      }
      Attempts attempts = new Attempts();
      GraphModel model = attempts.attempt("load", () -> GraphModel.load(folder));
      if (model != null) {
        Steps.attempt(model, attempts, random);
      }
      return attempts.outcome();
    } finally {
      MoreFiles.deleteRecursively(parent, RecursiveDeleteOption.ALLOW_INSECURE);
    }
  }

  private static byte[] damaged(byte[] file, Random random) throws IOException {
    SavedModel.Builder saved = SavedModel.parseFrom(file).toBuilder();
    if (random.nextBoolean()) {
      saved.getMetaGraphsBuilder(0).removeCollectionDef("tfmot_mode");
    }
    if (random.nextInt(8) == 0) {
      // For TensorFlow, which compares sets of tags, this is the first for serving.
      MetaGraphDef.Builder twice = Mutation.of(saved.getMetaGraphs(0), random).toBuilder();
      twice.getMetaInfoDefBuilder().clearTags().addTags("serve").addTags("serve");
      saved.addMetaGraphs(0, twice);
      return saved.build().toByteArray();
    }
    return random.nextInt(4) == 0
        ? Mutation.bytes(saved.build().toByteArray(), random)
        : Mutation.of(saved.build(), random).toByteArray();
  }
}
