package org.tfmot.api;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;
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
import org.tfmot.api.graph.TensorProtos;

/**
 * TensorFlow's checkpoint files ({@code prefix.index} and {@code prefix.data-00000-of-00001}) as
 * maps from variable name to value. Python's {@code tf.train.load_checkpoint} reads them as well.
 * Checkpoints whose data is in several files ({@code prefix.data-00000-of-00002} and so on), as
 * several machines write them, are read, and replaced by one file when written over.
 *
 * <p>A checkpoint is first written under a temporary name and then put in place, the index last. A
 * crash on the way leaves what was there before; if it strikes between the two files, the next
 * access through this class finishes the move.
 */
@API(status = API.Status.EXPERIMENTAL)
public final class Checkpoint {

  private static final String INDEX = ".index";
  private static final String DATA = ".data-00000-of-00001";

  /** Stands behind the prefix of a checkpoint that is complete and about to be put in place. */
  private static final String COMPLETE = ".complete";

  private Checkpoint() {}

  /**
   * Writes a checkpoint, in place of one that stands under the same prefix.
   *
   * @param prefix the path without {@code .index}; missing folders are made
   * @throws IllegalArgumentException if there is nothing to write
   * @throws UncheckedIOException if the folder cannot be written
   */
  public static void write(Path prefix, Map<String, TensorProto> values) {
    if (values.isEmpty()) {
      throw new IllegalArgumentException("there is no variable to write to " + prefix);
    }
    Path target = prefix.toAbsolutePath();
    Path temporary = withSuffix(target, ".tmp-" + ProcessHandle.current().pid());
    try {
      Files.createDirectories(target.getParent());
      try {
        save(temporary, values);
        finish(target);
        move(temporary, withSuffix(target, COMPLETE));
        finish(target);
        CheckpointShards.remove(target);
      } finally {
        remove(temporary);
      }
    } catch (IOException | TensorFlowException e) {
      throw new UncheckedIOException("cannot write the checkpoint " + prefix, asIo(e));
    }
  }

  /** Whether a complete checkpoint stands under this prefix. */
  public static boolean exists(Path prefix) {
    try {
      finish(prefix);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot access the checkpoint " + prefix, e);
    }
    return Files.exists(withSuffix(prefix, INDEX))
        && (Files.exists(withSuffix(prefix, DATA)) || CheckpointShards.isComplete(prefix));
  }

  /**
   * Removes a checkpoint, if there is one; the index goes first.
   *
   * @throws UncheckedIOException if it cannot be removed
   */
  public static void delete(Path prefix) {
    try {
      remove(withSuffix(prefix, COMPLETE));
      remove(prefix);
      CheckpointShards.remove(prefix);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete the checkpoint " + prefix, e);
    }
  }

  /**
   * Reads the values of the given variables.
   *
   * @throws IllegalArgumentException if there is no checkpoint, or a variable is missing in it, is
   *     damaged, or has another type or shape there; the message names the variable
   */
  public static Map<String, TensorProto> read(Path prefix, Collection<Variable> variables) {
    if (!exists(prefix)) {
      throw new IllegalArgumentException(missing(prefix));
    }
    Map<String, TensorProto> values = new LinkedHashMap<>();
    try (EagerSession eager = EagerSession.create()) {
      Ops tf = Ops.create(eager);
      Operand<TString> path = tf.constant(prefix.toAbsolutePath().toString());
      for (Variable variable : variables) {
        try {
          TensorProto value = variable.withValue(readOne(tf, path, variable)).value();
          values.put(variable.name(), value);
        } catch (TensorFlowException | IllegalArgumentException e) {
          throw new IllegalArgumentException(
              "variable \"%s\" of type %s cannot be read from the checkpoint %s: %s"
                  .formatted(variable.name(), variable.dtype(), prefix, e.getMessage()),
              e);
        }
      }
    }
    return values;
  }

  /** What there is too little of for a checkpoint. */
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

  /** Puts a complete checkpoint in place; the data may be there already. */
  private static void finish(Path prefix) throws IOException {
    Path complete = withSuffix(prefix, COMPLETE);
    if (Files.exists(withSuffix(complete, INDEX))) {
      move(complete, prefix);
    }
  }

  /** Moves the data, unless that was done before, and then the index. */
  private static void move(Path from, Path to) throws IOException {
    if (Files.exists(withSuffix(from, DATA))) {
      replace(withSuffix(from, DATA), withSuffix(to, DATA));
    }
    replace(withSuffix(from, INDEX), withSuffix(to, INDEX));
  }

  private static void replace(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
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
