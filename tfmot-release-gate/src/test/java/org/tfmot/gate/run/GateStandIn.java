package org.tfmot.gate.run;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** The main class of a gate's process: carries out one run. */
final class GateStandIn {

  private GateStandIn() {}

  /**
   * @param args class and method of the test, and the run's folder
   */
  public static void main(String[] args) throws Exception {
    RunResult result =
        new JvmRunner(TestJvms.classPath(), List.of("-Xmx64m"))
            .run(
                TestJvms.request(
                    Class.forName(args[0]), args[1], 1, Path.of(args[2]), Duration.ofMinutes(1)));
    System.out.println(result.status());
  }
}
