package org.tfmot.gate.engine;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.tfmot.gate.ledger.Ledger;

/** Prints how long it takes to plan a suite of 1,000 claims with a ledger of 100,000 lines. */
final class PlanBenchmark {

  private static final int TESTS = 250;
  private static final int LINES = 100_000;
  private static final int ROUNDS = 5;

  private PlanBenchmark() {}

  public static void main(String[] args) throws IOException {
    Path folder = Files.createTempDirectory("gate-plan");
    try {
      GateSpec spec = Thousand.spec(new Toy(folder), TESTS);
      int lines = Thousand.write(spec, LINES);
      double[] reading = new double[ROUNDS];
      double[] planning = new double[ROUNDS];
      for (int i = 0; i < ROUNDS; i++) {
        long start = System.nanoTime();
        Ledger.open(spec.ledger());
        reading[i] = (System.nanoTime() - start) / 1e9;
        start = System.nanoTime();
        new Gate(spec).plan();
        planning[i] = (System.nanoTime() - start) / 1e9;
      }
      Arrays.sort(planning);
      System.out.printf(
          "1,000 claims, %,d lines, %d rounds: planned in %.2f s (median; slowest %.2f s),"
              + " of which reading the ledger %.2f s%n",
          lines,
          ROUNDS,
          planning[ROUNDS / 2],
          planning[ROUNDS - 1],
          Arrays.stream(reading).sorted().toArray()[ROUNDS / 2]);
    } finally {
      MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
    }
  }
}
