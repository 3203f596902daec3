package org.tfmot.officialmodels.core;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.tfmot.api.Checkpoint;
import org.tfmot.api.LiveModel;
import org.tfmot.api.io.AtomicFile;

/**
 * The checkpoints {@code ckpt-<step>} of a model folder; the newest two are kept. The file {@code
 * checkpoint} names them in TensorFlow's text format, for Python's {@code
 * tf.train.latest_checkpoint}.
 */
final class CheckpointManager {

  private static final Pattern INDEX = Pattern.compile("ckpt-(\\d{1,18})\\.index");
  private static final int KEPT = 2;

  private final Path folder;

  CheckpointManager(Path folder) {
    this.folder = folder;
  }

  Path folder() {
    return folder;
  }

  /** The prefix of the newest complete checkpoint. */
  Optional<Path> newest() {
    return steps().stream().max(Comparator.naturalOrder()).map(this::prefix);
  }

  void save(LiveModel model, long step) {
    model.save(prefix(step));
    List<Long> steps = steps();
    steps.sort(Comparator.naturalOrder());
    List<Long> old = steps.subList(0, Math.max(0, steps.size() - KEPT));
    writeState(steps.subList(old.size(), steps.size()));
    old.forEach(o -> Checkpoint.delete(prefix(o)));
  }

  /** A CheckpointState message; the names are relative to the folder, so it can be moved. */
  private void writeState(List<Long> ascending) {
    StringBuilder state = new StringBuilder();
    long newest = ascending.get(ascending.size() - 1);
    state.append("model_checkpoint_path: \"ckpt-").append(newest).append("\"\n");
    for (long step : ascending) {
      state.append("all_model_checkpoint_paths: \"ckpt-").append(step).append("\"\n");
    }
    AtomicFile.write(folder.resolve("checkpoint"), state.toString());
  }

  private Path prefix(long step) {
    return folder.resolve("ckpt-" + step);
  }

  private List<Long> steps() {
    List<Long> steps = new ArrayList<>();
    if (!Files.isDirectory(folder)) {
      return steps;
    }
    try (Stream<Path> files = Files.list(folder)) {
      files.forEach(
          file -> {
            Matcher matcher = INDEX.matcher(file.getFileName().toString());
            if (matcher.matches()) {
              long step = Long.parseLong(matcher.group(1));
              if (Checkpoint.exists(prefix(step))) {
                steps.add(step);
              }
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the model folder " + folder, e);
    }
    return steps;
  }
}
