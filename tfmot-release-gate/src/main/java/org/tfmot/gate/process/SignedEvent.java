package org.tfmot.gate.process;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;
import org.tfmot.gate.json.Json;
import org.tfmot.gate.signature.KeySignature;
import org.tfmot.gate.signature.SigningKey;

/**
 * A step with the signatures of those who took it: written as JSON it can be handed from one to the
 * next before it goes into the journal.
 *
 * @param event the step
 * @param time when it was signed first (ISO 8601, UTC); signed too
 * @param signatures of {@code event.by()}, and of others where the step asks for them
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record SignedEvent(ProcessEvent event, String time, List<KeySignature> signatures) {

  /** Payload type of the signatures, as DSSE calls it. */
  public static final String PAYLOAD_TYPE = "application/vnd.tfmot.gate.process+json";

  /**
   * Copies the list.
   *
   * @throws IllegalArgumentException if the time cannot be read
   */
  public SignedEvent {
    signatures = List.copyOf(signatures);
    try {
      Instant.parse(time);
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(
          "\"%s\" is no time: write it like 2026-01-31T00:00:00Z".formatted(time), e);
    }
  }

  /** Signs a step now. */
  public static SignedEvent sign(ProcessEvent event, SigningKey key) {
    return sign(event, key, Clock.systemUTC());
  }

  static SignedEvent sign(ProcessEvent event, SigningKey key, Clock clock) {
    String time = clock.instant().truncatedTo(ChronoUnit.MILLIS).toString();
    return new SignedEvent(event, time, List.of()).alsoSign(key);
  }

  /** The same step with one more signature. */
  public SignedEvent alsoSign(SigningKey key) {
    List<KeySignature> more = new ArrayList<>(signatures);
    more.add(key.sign(PAYLOAD_TYPE, payload()));
    return new SignedEvent(event, time, more);
  }

  Instant instant() {
    return Instant.parse(time);
  }

  byte[] payload() {
    // As a tree: in a map an event would lose its type.
    JsonNode tree = Json.mapper().valueToTree(event);
    return Json.canonical(Map.of("event", tree, "time", time)).getBytes(StandardCharsets.UTF_8);
  }
}
