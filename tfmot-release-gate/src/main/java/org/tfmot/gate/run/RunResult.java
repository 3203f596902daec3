package org.tfmot.gate.run;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.dependency.LoadedClasses;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.RunStatus;

/**
 * End of a run, with what it reported until then.
 *
 * @param status whether and how it counts
 * @param voidCause why it does not count; null unless VOID
 * @param detail what happened, one line; null if OK
 * @param metrics the last value of each metric that it reported, also those not asked for
 * @param curvesFile its reports, see {@link Curves}
 * @param curvesDigest of that file's bytes; null if nothing was reported
 * @param logFile what it printed: beginning and end, if it was too much
 * @param seconds from the start of the process to its end
 * @param peakMemory the most bytes that its processes were seen to hold together; empty where the
 *     system does not tell or the run was too short
 * @param loaded the classes that its JVM loaded; null if it was none
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record RunResult(
    RunStatus status,
    @Nullable VoidCause voidCause,
    @Nullable String detail,
    SortedMap<String, Double> metrics,
    Path curvesFile,
    @Nullable Digest curvesDigest,
    Path logFile,
    double seconds,
    OptionalLong peakMemory,
    @Nullable LoadedClasses loaded) {

  /** Copies the map. */
  public RunResult {
    metrics = Collections.unmodifiableSortedMap(new TreeMap<>(metrics));
    if ((status == RunStatus.VOID) != (voidCause != null)) {
      throw new IllegalArgumentException("a run is %s with cause %s".formatted(status, voidCause));
    }
    if ((status == RunStatus.OK) != (detail == null)) {
      throw new IllegalArgumentException("a run is %s with detail %s".formatted(status, detail));
    }
  }

  /** A run of which it is not known what it loaded. */
  public RunResult(
      RunStatus status,
      @Nullable VoidCause voidCause,
      @Nullable String detail,
      SortedMap<String, Double> metrics,
      Path curvesFile,
      @Nullable Digest curvesDigest,
      Path logFile,
      double seconds,
      OptionalLong peakMemory) {
    this(
        status,
        voidCause,
        detail,
        metrics,
        curvesFile,
        curvesDigest,
        logFile,
        seconds,
        peakMemory,
        null);
  }

  /** Returns the same with what its JVM loaded. */
  public RunResult with(LoadedClasses classes) {
    return new RunResult(
        status,
        voidCause,
        detail,
        metrics,
        curvesFile,
        curvesDigest,
        logFile,
        seconds,
        peakMemory,
        classes);
  }

  /** Cause and detail in one line, for the ledger; null if OK. */
  public @Nullable String cause() {
    return voidCause == null ? detail : voidCause + ": " + detail;
  }

  /** All its reports. */
  public Curves curves() throws IOException {
    return Curves.read(curvesFile);
  }
}
