package org.tfmot.techniques.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tfmot.techniques.testing.ChildTrials;

/**
 * Damaged models end in a result or in an error with a sentence: no crash, no hang, no error of our
 * own code. {@code -Dfuzz.trials=4000} sets the number of each kind, {@code -Dfuzz.first=1} the
 * first; a failure is named with its number, which repeats it.
 */
@Tag("long")
class MutatedModelsTest {

  private static final int TRIALS = Integer.getInteger("fuzz.trials", 300);
  private static final long FIRST = Long.getLong("fuzz.first", 1);

  @ParameterizedTest
  @ValueSource(classes = {GraphTrial.class, SavedModelTrial.class, CheckpointTrial.class})
  void damagedInputs_workOrAreRefusedWithASentence(Class<? extends ChildTrials.Trial> kind)
      throws Exception {
    ChildTrials.Result result = ChildTrials.run(kind, FIRST, TRIALS);
    System.out.println(kind.getSimpleName() + " " + result.counts());
    assertEquals(List.of(), result.failures());
    assertEquals(TRIALS, result.trials());
  }
}
