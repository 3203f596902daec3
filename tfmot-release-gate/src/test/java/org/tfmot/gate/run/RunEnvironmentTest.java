package org.tfmot.gate.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class RunEnvironmentTest {

  @Test
  void runSees_whatProgramsNeed_andWhatTheProjectNames() {
    Map<String, String> environment =
        new TreeMap<>(
            Map.of(
                "PATH", "/bin",
                "LC_ALL", "C",
                "https_proxy", "http://proxy",
                "LEGACY", "1",
                "OMP_NUM_THREADS", "1",
                "JAVA_TOOL_OPTIONS", "-Dx=y",
                "LD_PRELOAD", "/lib/x.so",
                "PATH_TO_X", "/x"));
    RunEnvironment.limit(environment, Map.of("DATA", "/data"));
    assertEquals(
        Map.of("PATH", "/bin", "LC_ALL", "C", "https_proxy", "http://proxy", "DATA", "/data"),
        environment);
  }

  @Test
  void variableThatIsNotSet_isLeftOut() {
    assertEquals(
        Map.of("PATH", System.getenv("PATH")),
        RunEnvironment.named(List.of("PATH", "GATE_NO_SUCH_VARIABLE")));
  }
}
