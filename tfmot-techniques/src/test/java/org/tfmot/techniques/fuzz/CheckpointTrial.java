package org.tfmot.techniques.fuzz;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.tfmot.api.Checkpoint;
import org.tfmot.api.GraphModel;
import org.tfmot.techniques.testing.Attempts;
import org.tfmot.techniques.testing.ChildTrials;

/** A SavedModel whose values are damaged, in their index or their data. */
public final class CheckpointTrial implements ChildTrials.Trial {

  @Override
  public String run(long seed) throws IOException {
    Random random = new Random(seed);
    Path parent = Files.createTempDirectory("fuzz");
    try {
      GraphModel sample = Samples.any(random);
      while (sample.variables().isEmpty()) {
        sample = Samples.any(random);
      }
      GraphModel saved = sample;
      Path folder = parent.resolve("model");
      saved.save(folder);
      Path prefix = folder.resolve("variables").resolve("variables");
      String suffix = random.nextInt(4) == 0 ? ".data-00000-of-00001" : ".index";
      Path file = Path.of(prefix + suffix);
      Files.write(file, Mutation.bytes(Files.readAllBytes(file), random));
      Attempts attempts = new Attempts();
      attempts.attempt("exists", () -> Checkpoint.exists(prefix));
      GraphModel restored = attempts.attempt("restore", () -> saved.restore(prefix));
      if (restored != null) {
        attempts.attempt("freeze", () -> restored.toInference().freeze());
      }
      attempts.attempt("load", () -> GraphModel.load(folder));
      return attempts.outcome();
    } finally {
      MoreFiles.deleteRecursively(parent, RecursiveDeleteOption.ALLOW_INSECURE);
    }
  }
}
