package org.tfmot.gate.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.tfmot.gate.ledger.RunStatus;

class RunRequestTest {

  private static final SortedSet<String> LOSS = new TreeSet<>(List.of("loss"));
  private static final Duration MINUTE = Duration.ofMinutes(1);

  @Test
  void valueOutOfRange_isRefused_withTheValue() {
    assertRefused("name of a command", " ", 0, LOSS, MINUTE);
    assertRefused("-1 is negative", "a", -1, LOSS, MINUTE);
    assertRefused("no metric", "a", 0, new TreeSet<>(), MINUTE);
    assertRefused("PT0S", "a", 0, LOSS, Duration.ZERO);
    assertRefused("PT-1S", "a", 0, LOSS, Duration.ofSeconds(-1));
  }

  @Test
  void metrics_areACopy() {
    SortedSet<String> metrics = new TreeSet<>(LOSS);
    RunRequest request = new RunRequest("a", 0, Path.of("x"), metrics, MINUTE);
    metrics.add("accuracy");
    assertEquals(LOSS, request.metrics());
  }

  @Test
  void result_hasACauseIfAndOnlyIfItIsVoid_andADetailUnlessItIsOk() {
    assertEquals(
        "MISSING_DATA: no images",
        result(RunStatus.VOID, VoidCause.MISSING_DATA, "no images").cause());
    assertEquals("boom", result(RunStatus.DIVERGED, null, "boom").cause());
    assertThrows(IllegalArgumentException.class, () -> result(RunStatus.VOID, null, "no cause"));
    assertThrows(
        IllegalArgumentException.class,
        () -> result(RunStatus.DIVERGED, VoidCause.OUT_OF_MEMORY, "a cause"));
    assertThrows(IllegalArgumentException.class, () -> result(RunStatus.OK, null, "a detail"));
    assertThrows(IllegalArgumentException.class, () -> result(RunStatus.DIVERGED, null, null));
  }

  private static RunResult result(
      RunStatus status, @Nullable VoidCause cause, @Nullable String detail) {
    return new RunResult(
        status,
        cause,
        detail,
        new TreeMap<>(),
        Path.of("c"),
        null,
        Path.of("l"),
        1,
        OptionalLong.empty());
  }

  private static void assertRefused(
      String problem, String test, long seed, SortedSet<String> metrics, Duration limit) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> new RunRequest(test, seed, Path.of("x"), metrics, limit));
    assertTrue(String.valueOf(e.getMessage()).contains(problem), e.getMessage());
  }
}
