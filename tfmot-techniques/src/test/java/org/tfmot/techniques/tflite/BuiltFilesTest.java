package org.tfmot.techniques.tflite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.tfmot.techniques.testing.ChildTrials;

/** No file of one operator of the table ends the process or hangs it, whatever is in it. */
@Tag("long")
class BuiltFilesTest {

  @Test
  void fileOfOneOperator_worksOrIsRefused() throws Exception {
    ChildTrials.Result result = ChildTrials.run(BuiltFileTrial.class, 0, 8000);
    System.out.println("files of one operator: " + result.counts());
    assertEquals(List.of(), result.failures());
    assertEquals(8000, result.trials());
    assertTrue(result.counts().getOrDefault("works", 0) > 400, result.counts().toString());
  }

  @Test
  void fileOfTwoOperators_worksOrIsRefused() throws Exception {
    ChildTrials.Result result = ChildTrials.run(BuiltFileTrial.class, BuiltFileTrial.PAIRS, 8000);
    System.out.println("files of two operators: " + result.counts());
    assertEquals(List.of(), result.failures());
    assertEquals(8000, result.trials());
    assertTrue(result.counts().getOrDefault("works", 0) > 200, result.counts().toString());
  }
}
