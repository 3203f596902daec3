package org.tfmot.examples.programs;

import static org.tfmot.examples.programs.Judgement.*;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.Checkpoint;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.TensorProtos;

/**
 * Two threads write checkpoints under one prefix, one of ones, the other of twos. Each write must
 * end well or say that another writes there; afterwards the checkpoint must be readable and of one
 * of the two writes, all ones or all twos.
 */
final class TwoThreadsOneCheckpoint implements UserProgram {
  @Override
  public void check() throws Exception {
    Path prefix = Files.createTempDirectory("case").resolve("c");
    int size = 100000;
    List<Variable> variables = new ArrayList<>();
    for (int i = 0; i < 4; i++) variables.add(variable("v" + i, new float[size], size));
    Set<String> thrown = Collections.synchronizedSet(new TreeSet<>());
    Thread[] threads = new Thread[2];
    for (int t = 0; t < 2; t++) {
      float value = t + 1;
      threads[t] =
          new Thread(
              () -> {
                float[] v = new float[size];
                Arrays.fill(v, value);
                Map<String, TensorProto> values = new LinkedHashMap<>();
                for (Variable x : variables)
                  values.put(x.name(), TensorProtos.floats(Shape.of(size), v));
                for (int k = 0; k < 30; k++)
                  try {
                    Checkpoint.write(prefix, values);
                  } catch (RuntimeException e) {
                    thrown.add(message(e) + " (" + e.getCause() + ")");
                  }
              });
      threads[t].start();
    }
    for (Thread t : threads) t.join();
    thrown.removeIf(m -> m.contains("another"));
    Set<Float> found = new TreeSet<>();
    for (TensorProto v : Checkpoint.read(prefix, variables).values())
      for (float f : TensorProtos.toFloats(v)) found.add(f);
    if (found.size() != 1) throw wrong("the checkpoint is torn, it has " + found);
    if (!thrown.isEmpty())
      throw wrong(
          thrown.size()
              + " kinds of errors, such as "
              + thrown.iterator().next().replaceAll("/\\S*/", ""));
  }
}
