package org.tfmot.api;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.EagerSession;
import org.tensorflow.Operand;
import org.tensorflow.Tensor;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.internal.types.registry.TensorTypeRegistry;
import org.tensorflow.op.Ops;
import org.tensorflow.op.train.Restore;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.types.TString;
import org.tensorflow.types.family.TType;
import org.tfmot.api.graph.Arguments;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.io.AtomicFile;
import org.tfmot.api.io.CheckpointShards;
import org.tfmot.api.io.PathLock;

/**
 * TensorFlow's checkpoint files ({@code prefix.index} and {@code prefix.data-00000-of-00001}) as
 * maps from variable name to value. Python's {@code tf.train.load_checkpoint} reads them as well.
 * Checkpoints whose data is in several files ({@code prefix.data-00000-of-00002} and so on), as
 * several machines write them, are read, and replaced by one file when written over.
 *
 * <p>A checkpoint is first written under a temporary name and then put in place, the index last. A
 * crash on the way leaves what was there before; if it strikes between the two files, the next
 * access through this class finishes the move, and the next write removes what temporary files are
 * left. Threads and processes that write under one prefix take turns ({@code .prefix.tfmot-lock} is
 * there meanwhile). A read beside a write gives the checkpoint from before or from after it.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class Checkpoint {

  private static final String INDEX = ".index";
  private static final String DATA = ".data-00000-of-00001";

  /** Stands behind the prefix of a checkpoint that is complete and about to be put in place. */
  private static final String COMPLETE = ".complete";

  /** Beside a writer that is faster every time, the next read makes it wait. */
  private static final int UNLOCKED_READS = 3;

  private Checkpoint() {}

  /**
   * Writes a checkpoint, in place of one that stands under the same prefix.
   *
   * @param prefix the path without {@code .index}; missing folders are made
   * @throws IllegalArgumentException if there is nothing to write
   * @throws UncheckedIOException if the folder cannot be written, for example because the disk is
   *     full; the message names the prefix and the reason, and what was there before stays
   */
  public static void write(Path prefix, Map<String, TensorProto> values) {
    Arguments.require(prefix, "prefix");
    Arguments.require(values, "values");
    if (values.isEmpty()) {
      throw new IllegalArgumentException("there is no variable to write to " + prefix);
    }
    Path target = prefix.toAbsolutePath();
    try {
      Files.createDirectories(target.getParent());
      AtomicFile.requireFile(withSuffix(target, INDEX));
      AtomicFile.requireFile(withSuffix(target, DATA));
      try (PathLock lock = PathLock.acquire(target)) {
        AtomicFile.sweep(target);
        Path temporary = AtomicFile.temporary(target);
        try {
          save(temporary, values);
          finish(target);
          move(temporary, withSuffix(target, COMPLETE));
          finish(target);
          CheckpointShards.remove(target);
        } finally {
          // TensorFlow's own temporary files begin with the same name.
          AtomicFile.sweep(target);
        }
      }
    } catch (IOException | TensorFlowException e) {
      throw new UncheckedIOException(
          "cannot write the checkpoint %s: %s".formatted(prefix, AtomicFile.reason(e)), asIo(e));
    }
  }

  /** Returns whether a complete checkpoint stands under this prefix. */
  public static boolean exists(Path prefix) {
    Arguments.require(prefix, "prefix");
    if (isUnfinished(prefix)) {
      locked(
          prefix,
          () -> {
            finish(prefix);
            return true;
          });
    }
    return Files.isRegularFile(withSuffix(prefix, INDEX))
        && (Files.isRegularFile(withSuffix(prefix, DATA)) || CheckpointShards.isComplete(prefix));
  }

  /**
   * Removes a checkpoint, if there is one; the index goes first.
   *
   * @throws UncheckedIOException if it cannot be removed
   */
  public static void delete(Path prefix) {
    Arguments.require(prefix, "prefix");
    Path folder = prefix.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      return;
    }
    locked(
        prefix,
        () -> {
          AtomicFile.sweep(prefix);
          remove(withSuffix(prefix, COMPLETE));
          remove(prefix);
          CheckpointShards.remove(prefix);
          return true;
        });
  }

  /**
   * Reads the values of the given variables.
   *
   * @throws IllegalArgumentException if there is no checkpoint, or a variable is missing in it, is
   *     damaged, or has another type or shape there; the message names the variable
   */
  public static Map<String, TensorProto> read(Path prefix, Collection<Variable> variables) {
    Arguments.require(prefix, "prefix");
    Arguments.require(variables, "variables");
    for (int i = 0; i < UNLOCKED_READS; i++) {
      if (!exists(prefix)) {
        throw new IllegalArgumentException(missing(prefix));
      }
      Object before = state(prefix);
      @Nullable IllegalArgumentException error = null;
      Map<String, TensorProto> values = Map.of();
      try {
        values = readAll(prefix, variables);
      } catch (IllegalArgumentException e) {
        error = e;
      }
      if (!isUnfinished(prefix) && state(prefix).equals(before)) {
        if (error != null) {
          throw error;
        }
        return values;
      }
    }
    return readLocked(prefix, variables);
  }

  /** Reads while nobody writes; what a dead writer left half moved is put in place first. */
  static Map<String, TensorProto> readLocked(Path prefix, Collection<Variable> variables) {
    return locked(
        prefix,
        () -> {
          finish(prefix);
          return readAll(prefix, variables);
        });
  }

  /** Returns something that is equal to an earlier one if no file was replaced since then. */
  private static Object state(Path prefix) {
    List<Path> files = new ArrayList<>();
    files.add(withSuffix(prefix, INDEX));
    files.add(withSuffix(prefix, DATA));
    CheckpointShards.names(prefix).forEach(name -> files.add(prefix.resolveSibling(name)));
    List<Object> states = new ArrayList<>();
    for (Path file : files) {
      try {
        BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
        states.add(List.of(file, found.size(), found.lastModifiedTime(), key(found)));
      } catch (NoSuchFileException e) {
        states.add(file);
      } catch (IOException e) {
        throw new UncheckedIOException("cannot access the checkpoint " + prefix, e);
      }
    }
    return states;
  }

  /** Returns the file's identity, which Windows does not tell. */
  private static Object key(BasicFileAttributes file) {
    return file.fileKey() == null ? file.creationTime() : file.fileKey();
  }

  private static Map<String, TensorProto> readAll(Path prefix, Collection<Variable> variables) {
    Map<String, TensorProto> values = new LinkedHashMap<>();
    try (EagerSession eager = EagerSession.create()) {
      Ops tf = Ops.create(eager);
      Operand<TString> path = tf.constant(prefix.toAbsolutePath().toString());
      for (Variable variable : variables) {
        try {
          TensorProto value = variable.withValue(readOne(tf, path, variable)).value();
          values.put(variable.name(), value);
        } catch (TensorFlowException | IllegalArgumentException e) {
          throw new IllegalArgumentException(unreadable(prefix, variable, e), e);
        }
      }
    }
    return values;
  }

  private static String unreadable(Path prefix, Variable variable, RuntimeException e) {
    String reason = String.valueOf(e.getMessage());
    return reason.contains("not found in checkpoint")
        ? ("the checkpoint %s has no variable \"%s\": it was written with another model, technique"
                + " or optimizer; give the model the same ones before it is restored")
            .formatted(prefix, variable.name())
        : "variable \"%s\" of type %s cannot be read from the checkpoint %s: %s"
            .formatted(variable.name(), variable.dtype(), prefix, reason);
  }

  private interface Action<T> {
    T run() throws IOException;
  }

  private static <T> T locked(Path prefix, Action<T> action) {
    try (PathLock lock = PathLock.acquire(prefix)) {
      return action.run();
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot access the checkpoint %s: %s".formatted(prefix, AtomicFile.reason(e)), e);
    }
  }

  /** Describes the files that are missing for a checkpoint. */
  private static String missing(Path prefix) {
    Path index = withSuffix(prefix, INDEX);
    if (!Files.exists(index)) {
      return "there is no checkpoint " + index;
    }
    List<String> shards = CheckpointShards.names(prefix);
    return "the checkpoint %s is incomplete: of its data there is %s"
        .formatted(index, shards.isEmpty() ? "no file" : "only " + shards);
  }

  private static TensorProto readOne(Ops tf, Operand<TString> path, Variable variable) {
    Class<? extends TType> type = TensorTypeRegistry.find(variable.dtype()).type();
    Restore restored =
        tf.train.restore(path, tf.array(variable.name()), tf.array(""), List.of(type));
    return TensorProtos.of(restored.tensors().get(0).asTensor());
  }

  private static void save(Path prefix, Map<String, TensorProto> values) {
    List<Tensor> tensors = new ArrayList<>();
    try (EagerSession eager = EagerSession.create()) {
      Ops tf = Ops.create(eager);
      List<Operand<?>> operands = new ArrayList<>();
      for (TensorProto value : values.values()) {
        Tensor tensor = TensorProtos.toTensor(value);
        tensors.add(tensor);
        operands.add(tf.constantOf((TType) tensor));
      }
      String[] names = values.keySet().toArray(String[]::new);
      String[] slices = new String[names.length];
      Arrays.fill(slices, "");
      tf.train.save(tf.constant(prefix.toString()), tf.array(names), tf.array(slices), operands);
    } finally {
      tensors.forEach(Tensor::close);
    }
  }

  /** Returns whether a complete checkpoint waits for being put in place, or that is under way. */
  private static boolean isUnfinished(Path prefix) {
    return Files.exists(withSuffix(withSuffix(prefix, COMPLETE), INDEX));
  }

  /** Puts a complete checkpoint in place; the data may be there already. Takes the lock. */
  private static void finish(Path prefix) throws IOException {
    if (isUnfinished(prefix)) {
      move(withSuffix(prefix, COMPLETE), prefix);
    }
  }

  /** Moves the data, unless that was done before, and then the index. */
  private static void move(Path from, Path to) throws IOException {
    if (Files.exists(withSuffix(from, DATA))) {
      AtomicFile.replace(withSuffix(from, DATA), withSuffix(to, DATA));
    }
    AtomicFile.replace(withSuffix(from, INDEX), withSuffix(to, INDEX));
  }

  private static void remove(Path prefix) throws IOException {
    Files.deleteIfExists(withSuffix(prefix, INDEX));
    Files.deleteIfExists(withSuffix(prefix, DATA));
  }

  private static IOException asIo(Exception e) {
    return e instanceof IOException io ? io : new IOException(e);
  }

  private static Path withSuffix(Path prefix, String suffix) {
    return prefix.resolveSibling(prefix.getFileName() + suffix);
  }
}
