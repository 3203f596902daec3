package org.tfmot.api;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
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
 */
@API(status = API.Status.EXPERIMENTAL)
public final class Checkpoint {

  private static final String INDEX = ".index";
  private static final String DATA = ".data-00000-of-00001";

  private Checkpoint() {}

  /**
   * Writes a checkpoint. The index is put in place last, so a crash never leaves a half-written
   * checkpoint under a new name.
   *
   * @throws UncheckedIOException if the folder cannot be written
   */
  public static void write(Path prefix, Map<String, TensorProto> values) {
    Path target = prefix.toAbsolutePath();
    Path folder = target.getParent();
    String temporary = target + ".tmp-" + ProcessHandle.current().pid();
    List<Tensor> tensors = new ArrayList<>();
    try (EagerSession eager = EagerSession.create()) {
      Files.createDirectories(folder);
      Ops tf = Ops.create(eager);
      List<Operand<?>> operands = new ArrayList<>();
      for (TensorProto value : values.values()) {
        Tensor tensor = TensorProtos.toTensor(value);
        tensors.add(tensor);
        operands.add(tf.constantOf((TType) tensor));
      }
      String[] names = values.keySet().toArray(String[]::new);
      tf.train.save(
          tf.constant(temporary), tf.array(names), tf.array(blanks(names.length)), operands);
      move(Path.of(temporary + DATA), Path.of(target + DATA));
      move(Path.of(temporary + INDEX), Path.of(target + INDEX));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the checkpoint " + prefix, e);
    } finally {
      tensors.forEach(Tensor::close);
    }
  }

  /** Whether a complete checkpoint stands under this prefix. */
  public static boolean exists(Path prefix) {
    return Files.exists(Path.of(prefix + INDEX)) && Files.exists(Path.of(prefix + DATA));
  }

  /** Removes a checkpoint; the index goes first. */
  public static void delete(Path prefix) {
    try {
      Files.deleteIfExists(Path.of(prefix + INDEX));
      Files.deleteIfExists(Path.of(prefix + DATA));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete the checkpoint " + prefix, e);
    }
  }

  /**
   * Reads the values of the given variables.
   *
   * @throws IllegalArgumentException if there is no checkpoint, or a variable is missing in it or
   *     has another type or shape there; the message names the variable
   */
  public static Map<String, TensorProto> read(Path prefix, Collection<Variable> variables) {
    if (!exists(prefix)) {
      throw new IllegalArgumentException("there is no checkpoint " + prefix + INDEX);
    }
    Map<String, TensorProto> values = new LinkedHashMap<>();
    try (EagerSession eager = EagerSession.create()) {
      Ops tf = Ops.create(eager);
      Operand<TString> path = tf.constant(prefix.toAbsolutePath().toString());
      for (Variable variable : variables) {
        TensorProto value = readOne(tf, path, prefix, variable);
        variable.withValue(value);
        values.put(variable.name(), value);
      }
    }
    return values;
  }

  private static TensorProto readOne(
      Ops tf, Operand<TString> path, Path prefix, Variable variable) {
    Class<? extends TType> type = TensorTypeRegistry.find(variable.dtype()).type();
    try {
      Restore restored =
          tf.train.restore(path, tf.array(variable.name()), tf.array(""), List.of(type));
      return TensorProtos.of(restored.tensors().get(0).asTensor());
    } catch (TensorFlowException e) {
      throw new IllegalArgumentException(
          "the checkpoint %s has no variable \"%s\" of type %s"
              .formatted(prefix, variable.name(), variable.dtype()),
          e);
    }
  }

  private static String[] blanks(int count) {
    String[] blanks = new String[count];
    java.util.Arrays.fill(blanks, "");
    return blanks;
  }

  private static void move(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }
}
