package org.tfmot.gate.ledger;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntConsumer;
import org.tfmot.gate.json.Digest;

/** A process of its own that appends runs to a ledger, and says after each that it is written. */
final class AppendingProcess {

  private AppendingProcess() {}

  public static void main(String[] args) throws IOException {
    append(Path.of(args[0]), args[1], Integer.parseInt(args[2]), System.out::println);
  }

  static void append(Path file, String jar, int runs, IntConsumer written) throws IOException {
    Ledger ledger = Ledger.open(file);
    Digest key = ledger.declare(Runs.key(jar));
    for (int i = 0; i < runs; i++) {
      int index = ledger.evidence(key, Runs.CLAIM).next().index();
      Runs.run(ledger, key, index, i);
      written.accept(index);
    }
  }

  static Process start(Path ledger, String key, int runs) throws IOException {
    return new ProcessBuilder(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path")
                    + File.pathSeparator
                    + System.getProperty("surefire.test.class.path", ""),
                AppendingProcess.class.getName(),
                ledger.toString(),
                key,
                Integer.toString(runs)))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }
}
