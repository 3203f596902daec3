package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.tfmot.techniques.testing.ChildTrials;

/** No mutated {@code .tflite} file ends the process or hangs it, and each refusal says why. */
@Tag("long")
class MutatedFilesTest {

  @Test
  @EnabledOnOs(OS.LINUX)
  void mutatedFile_worksOrIsRefused() throws Exception {
    ChildTrials.Result result = ChildTrials.run(MutatedFileTrial.class, 0, 6000);
    System.out.println("mutated .tflite files: " + result.counts());
    assertEquals(List.of(), result.failures());
    assertEquals(6000, result.trials());
  }
}
