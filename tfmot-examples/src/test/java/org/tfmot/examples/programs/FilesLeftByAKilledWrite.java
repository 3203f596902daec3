package org.tfmot.examples.programs;

import static org.tfmot.examples.programs.Judgement.*;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.Checkpoint;
import org.tfmot.api.graph.TensorProtos;

/**
 * A process is killed while it writes checkpoints, again and again, as on a machine that is taken
 * away. The temporary files of a dead process must not stay for ever: after the next write that
 * ends well, only the checkpoint's two files may be in the folder.
 */
final class FilesLeftByAKilledWrite implements UserProgram {
  @Override
  public void check() throws Exception {
    Path prefix = Files.createTempDirectory("case").resolve("c");
    String java = ProcessHandle.current().info().command().orElseThrow();
    Random r = new Random(3);
    for (int k = 0; k < 6 && files(prefix) <= 2; k++) {
      Process p =
          new ProcessBuilder(
                  java,
                  "-cp",
                  System.getProperty("java.class.path"),
                  FilesLeftByAKilledWrite.class.getName(),
                  prefix.toString())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      for (int wait = 0;
          wait < 600 && p.isAlive() && !Files.exists(Path.of(prefix + ".index"));
          wait++) Thread.sleep(20);
      Thread.sleep(300 + r.nextInt(400));
      p.destroyForcibly().waitFor();
    }
    int left = files(prefix);
    write(prefix, 7);
    if (files(prefix) > 2)
      throw wrong(
          left
              + " files after the kill, "
              + files(prefix)
              + " after the next write: "
              + Arrays.toString(prefix.getParent().toFile().list()));
  }

  /** Writes checkpoints for a minute at most, in case nobody kills the process. */
  public static void main(String[] arguments) {
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
    for (float k = 1; System.nanoTime() < end; k++) write(Path.of(arguments[0]), k);
  }

  static void write(Path prefix, float value) {
    float[] v = new float[2000000];
    Arrays.fill(v, value);
    Map<String, TensorProto> values = new LinkedHashMap<>();
    for (int i = 0; i < 8; i++) values.put("v" + i, TensorProtos.floats(Shape.of(v.length), v));
    Checkpoint.write(prefix, values);
  }

  static int files(Path prefix) {
    return prefix.getParent().toFile().list().length;
  }
}
