package org.tfmot.gate.ledger;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.json.Json;
import org.tfmot.gate.signature.KeySignature;
import org.tfmot.gate.signature.SigningKey;

/** Record in a line of the ledger. The {@code @type} sorts first, so that it is read first. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "@type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = LedgerRecord.KeyDeclared.class, name = "key"),
  @JsonSubTypes.Type(value = LedgerRecord.RunStarted.class, name = "started"),
  @JsonSubTypes.Type(value = LedgerRecord.RunFinished.class, name = "finished"),
  @JsonSubTypes.Type(value = LedgerRecord.Merged.class, name = "merged")
})
public sealed interface LedgerRecord {

  /**
   * The parts of a key, written before its first run, so that a later reader can tell what changed.
   *
   * @param evidenceKey the key
   */
  record KeyDeclared(EvidenceKey evidenceKey) implements LedgerRecord {}

  /**
   * A run begins. What it counts for is fixed here, before its outcome is known.
   *
   * @param key digest of the declared key
   * @param claimIds the claims that it is evidence for
   * @param index the run's number under the key, from 1
   * @param seed that of the draw; without one {@link Seeds#seed} of key and index, nothing else
   * @param draw of the runner that begins it; null if it is nobody's, and good for looking only
   */
  record RunStarted(
      Digest key,
      SortedSet<String> claimIds,
      int index,
      int seed,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable SeedDraw draw)
      implements LedgerRecord {

    /** Copies the set. */
    public RunStarted {
      claimIds = Collections.unmodifiableSortedSet(new TreeSet<>(claimIds));
      if (claimIds.isEmpty()) {
        throw new IllegalArgumentException("run %d is for no claim: name one".formatted(index));
      }
    }

    /** A run of nobody. */
    public RunStarted(Digest key, SortedSet<String> claimIds, int index, int seed) {
      this(key, claimIds, index, seed, null);
    }

    /** The start of a run with the seed that it must have. */
    public static RunStarted of(Digest key, SortedSet<String> claimIds, int index) {
      return new RunStarted(key, claimIds, index, Seeds.seed(key, index));
    }

    /** The start of a runner's run. */
    public static RunStarted of(Digest key, SortedSet<String> claimIds, int index, SeedDraw draw) {
      return new RunStarted(key, claimIds, index, draw.seed(), draw);
    }

    int dueSeed() {
      return draw == null ? Seeds.seed(key, index) : draw.seed();
    }
  }

  /**
   * A run ended.
   *
   * @param key digest of the declared key
   * @param index the run's number under the key, from 1
   * @param seed the seed it was started with
   * @param status how it ended
   * @param metrics name to final value; NaN and infinities are kept as they are
   * @param curvesDigest digest of the recorded curves, null if there are none
   * @param seconds how long it took, not negative
   * @param cause why it is not OK; null for OK
   * @param dependencies digest of what it depended on in the jars under test; null if those are the
   *     whole key's
   * @param signed by the runner; null if the run is nobody's
   */
  record RunFinished(
      Digest key,
      int index,
      int seed,
      RunStatus status,
      SortedMap<String, Double> metrics,
      @Nullable Digest curvesDigest,
      double seconds,
      @Nullable String cause,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Digest dependencies,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable RunSignature signed)
      implements LedgerRecord {

    /** A run that depended on the whole key. */
    public RunFinished(
        Digest key,
        int index,
        int seed,
        RunStatus status,
        SortedMap<String, Double> metrics,
        @Nullable Digest curvesDigest,
        double seconds,
        @Nullable String cause,
        @Nullable RunSignature signed) {
      this(key, index, seed, status, metrics, curvesDigest, seconds, cause, null, signed);
    }

    /** A run of nobody. */
    public RunFinished(
        Digest key,
        int index,
        int seed,
        RunStatus status,
        SortedMap<String, Double> metrics,
        @Nullable Digest curvesDigest,
        double seconds,
        @Nullable String cause) {
      this(key, index, seed, status, metrics, curvesDigest, seconds, cause, null, null);
    }

    /** Copies the map. */
    public RunFinished {
      metrics = Collections.unmodifiableSortedMap(new TreeMap<>(metrics));
      if ((status == RunStatus.OK) != (cause == null)) {
        throw new IllegalArgumentException(
            status == RunStatus.OK
                ? "run %d is OK and has the cause \"%s\"".formatted(index, cause)
                : "run %d is %s without a cause".formatted(index, status));
      }
      if (status == RunStatus.OK && metrics.isEmpty()) {
        throw new IllegalArgumentException(
            "run %d is OK without a metric: only a run that failed has none".formatted(index));
      }
      if (!(seconds >= 0) || Double.isInfinite(seconds)) {
        throw new IllegalArgumentException("run %d took %s seconds".formatted(index, seconds));
      }
    }

    /** Returns this run, signed. */
    public RunFinished signedBy(SigningKey runner, Instant at) {
      KeySignature signature = runner.sign(RunSignature.PAYLOAD_TYPE, payload(at.toString()));
      return with(new RunSignature(at.toString(), signature));
    }

    /** Returns what a runner signs: all that the record says, and the time. */
    public byte[] payload(String time) {
      TreeMap<String, Object> members = new TreeMap<>();
      members.put("run", with(null));
      members.put("time", time);
      return Json.canonical(members).getBytes(StandardCharsets.UTF_8);
    }

    private RunFinished with(@Nullable RunSignature other) {
      return new RunFinished(
          key, index, seed, status, metrics, curvesDigest, seconds, cause, dependencies, other);
    }

    /**
     * Returns whether another record says the same of the run; the time it took does not matter.
     */
    public boolean sameOutcome(RunFinished other) {
      return key.equals(other.key)
          && index == other.index
          && seed == other.seed
          && status == other.status
          && metrics.equals(other.metrics)
          && Objects.equals(curvesDigest, other.curvesDigest)
          && Objects.equals(cause, other.cause);
    }
  }

  /**
   * This ledger was made of others.
   *
   * @param parents their heads
   */
  record Merged(List<HashChain.Head> parents) implements LedgerRecord {

    /** Copies the list. */
    public Merged {
      parents = List.copyOf(parents);
    }
  }
}
