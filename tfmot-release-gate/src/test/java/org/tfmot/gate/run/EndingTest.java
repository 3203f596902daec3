package org.tfmot.gate.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tfmot.gate.ledger.RunStatus;

/** Exit codes, markers and files, without the processes. */
class EndingTest {

  @TempDir Path parent;

  private RunFolder folder;
  private RunRequest request;

  @BeforeEach
  void makeFolder() throws IOException {
    folder = new RunFolder(parent.resolve("run"));
    request =
        new RunRequest(
            "test",
            1,
            folder.path(),
            new TreeSet<>(List.of("accuracy", "loss")),
            Duration.ofSeconds(90));
    folder.prepare(request);
    report("accuracy", "0.5");
    report("loss", "0.5");
  }

  @ParameterizedTest
  @CsvSource({
    "0, OK",
    "1, DIVERGED",
    "66, DIVERGED",
    "74, DIVERGED",
    "127, DIVERGED",
    "129, DIVERGED",
    "130, DIVERGED",
    "131, DIVERGED",
    "132, DIVERGED",
    "133, DIVERGED",
    "134, DIVERGED",
    "135, DIVERGED",
    "136, DIVERGED",
    "137, DIVERGED",
    "139, DIVERGED",
    "143, DIVERGED",
    "159, DIVERGED",
    "192, DIVERGED",
    "193, DIVERGED",
    "255, DIVERGED"
  })
  void codeOfACommand_says(int code, String expected) throws IOException {
    assertEquals(expected, text(Ending.of(exit(code), folder, request, null, null, false)));
  }

  @ParameterizedTest
  @CsvSource({
    "FINISHED, 0, OK",
    "FINISHED, 1, OK",
    "FAILED, 0, DIVERGED",
    "FAILED, 143, DIVERGED",
    "MISSING_DATA, 0, DIVERGED",
    "OUT_OF_MEMORY, 0, DIVERGED",
    "INVALID_REPORT, 0, INVALID",
    "NOT_RUN, 0, START_FAILED",
    "STARTED, 0, DIVERGED",
    "STARTED, 1, DIVERGED",
    "STARTED, 3, DIVERGED",
    "STARTED, 137, DIVERGED",
    "STARTED, 143, DIVERGED",
    "EXITED, 3, DIVERGED",
    "EXITED, 74, DIVERGED",
    "EXITED, 137, DIVERGED",
    "EXITED, 139, DIVERGED",
    "EXITED, 129, DIVERGED",
    "EXITED, 130, DIVERGED",
    "EXITED, 143, DIVERGED"
  })
  void markerAndCodeOfATest_say(Outcome.State state, int code, String expected) throws IOException {
    assertEquals(expected, text(ofTest(exit(code), new Outcome(state, "why", 1))));
  }

  /** Who has reported a value could else take it back. */
  @Test
  void missingData_isVoid_beforeTheFirstReportOnly() throws IOException {
    Outcome outcome = new Outcome(Outcome.State.MISSING_DATA, "no images", 1);
    assertEquals("DIVERGED", text(ofTest(exit(0), outcome)));
    Files.delete(folder.curves());
    assertEquals("MISSING_DATA", text(ofTest(exit(0), outcome)));
    assertEquals("MISSING_DATA", text(Ending.of(exit(66), folder, request, null, null, false)));
  }

  @Test
  void invalidReport_goesBeforeHowTheProcessEnded() throws IOException {
    for (int code : new int[] {0, 1, 66, 137}) {
      Ending ending = Ending.of(exit(code), folder, request, null, "nan in {...}", false);
      assertEquals(RunStatus.INVALID, ending.status());
      assertEquals("invalid report: nan in {...}", ending.detail());
    }
  }

  @Test
  void jvmWithoutAMarker_didNotStart() throws IOException {
    assertEquals("START_FAILED", text(ofTest(exit(1), null)));
  }

  @Test
  void processThatDidNotStart_saysWhy() throws IOException {
    Ending ending =
        ofTest(new ChildProcess.Exit("no java", 0, false, 0, 0, OptionalLong.empty()), null);
    assertEquals(VoidCause.START_FAILED, ending.voidCause());
    assertEquals("no java", ending.detail());
  }

  @Test
  void timeLimit_goesBeforeTheSignalThatKeptIt() throws IOException {
    Ending ending =
        ofTest(
            new ChildProcess.Exit(null, 137, true, 0, 90, OptionalLong.empty()),
            new Outcome(Outcome.State.STARTED, null, 0));
    assertEquals(RunStatus.DIVERGED, ending.status());
    assertEquals("still running after 90 s", ending.detail());
  }

  @Test
  void killWhileTheKernelKilledForMemory_isOutOfMemory() throws IOException {
    ChildProcess.Exit exit = new ChildProcess.Exit(null, 137, false, 1, 9, OptionalLong.empty());
    assertEquals("OUT_OF_MEMORY", text(Ending.of(exit, folder, request, null, null, false)));
  }

  @Test
  void crashFile_counts_whateverTheMarkerSays() throws IOException {
    Files.writeString(folder.crash(), "#\n#  SIGSEGV (0xb) at pc=0x00007f, pid=1, tid=2\n#\n");
    for (Outcome.State state : List.of(Outcome.State.STARTED, Outcome.State.FINISHED)) {
      Ending ending = ofTest(exit(134), new Outcome(state, null, 0));
      assertEquals(RunStatus.DIVERGED, ending.status());
      assertTrue(String.valueOf(ending.detail()).contains("the JVM crashed"), ending.detail());
    }
  }

  /** Else a run could get out of counting by not coming to its other metrics. */
  @ParameterizedTest
  @CsvSource({"accuracy, loss", "loss, accuracy"})
  void valueThatIsNotFinite_goesBeforeAMissingOne(String diverged, String missing)
      throws IOException {
    Files.delete(folder.curves());
    report(diverged, "\"-Infinity\"");
    Ending ending = ofTest(exit(0), new Outcome(Outcome.State.FINISHED, null, 1));
    assertEquals(RunStatus.DIVERGED, ending.status());
    assertEquals(diverged + " is -Infinity at step 1", ending.detail());
  }

  @Test
  void metricOfNoClaim_mayBeNaN() throws IOException {
    report("gradient norm", "\"NaN\"");
    assertEquals("OK", text(ofTest(exit(0), new Outcome(Outcome.State.FINISHED, null, 1))));
  }

  @Test
  void earlierValue_mayBeNaN_ifTheLastIsNot() throws IOException {
    Files.delete(folder.curves());
    report("accuracy", "\"NaN\"");
    report("accuracy", "0.5");
    report("loss", "1");
    assertEquals("OK", text(ofTest(exit(0), new Outcome(Outcome.State.FINISHED, null, 1))));
  }

  @Test
  void missingMetric_isNamed_withThoseThatAreThere() throws IOException {
    Files.delete(folder.curves());
    report("accuracy", "0.5");
    Ending ending = ofTest(exit(0), new Outcome(Outcome.State.FINISHED, null, 1));
    assertEquals(RunStatus.DIVERGED, ending.status());
    assertEquals("it did not report loss, only [accuracy]", ending.detail());
  }

  @Test
  void detail_isOneShortLine() throws IOException {
    Ending ending =
        ofTest(exit(0), new Outcome(Outcome.State.NOT_RUN, "a\nb\tc " + "x".repeat(999), 1));
    assertTrue(String.valueOf(ending.detail()).startsWith("a b c xxx"));
    assertTrue(String.valueOf(ending.detail()).length() <= 303);
  }

  private Ending ofTest(ChildProcess.Exit exit, @Nullable Outcome outcome) throws IOException {
    return Ending.of(exit, folder, request, outcome, null, true);
  }

  private void report(String metric, String value) throws IOException {
    String line = "{\"metric\":\"%s\",\"step\":1,\"value\":%s}\n".formatted(metric, value);
    String before = Files.exists(folder.curves()) ? Files.readString(folder.curves()) : "";
    Files.writeString(folder.curves(), before + line);
  }

  private static ChildProcess.Exit exit(int code) {
    return new ChildProcess.Exit(null, code, false, 0, 9, OptionalLong.empty());
  }

  private static String text(Ending ending) {
    return ending.voidCause() == null ? ending.status().name() : ending.voidCause().name();
  }
}
