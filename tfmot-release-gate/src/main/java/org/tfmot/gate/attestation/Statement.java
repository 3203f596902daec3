package org.tfmot.gate.attestation;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apiguardian.api.API;
import org.tfmot.gate.json.InvalidJsonException;
import org.tfmot.gate.json.Json;

/**
 * An in-toto statement, version 1.
 *
 * @param type always {@link #TYPE}
 * @param subject the files that it is about, each name once
 * @param predicateType what kind of thing it says
 * @param predicate what it says
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record Statement(
    @JsonProperty("_type") String type,
    List<Subject> subject,
    String predicateType,
    JsonNode predicate) {

  /** The type of every statement. */
  public static final String TYPE = "https://in-toto.io/Statement/v1";

  /** The payload type of a statement in a DSSE envelope. */
  public static final String PAYLOAD_TYPE = "application/vnd.in-toto+json";

  /**
   * Copies the list.
   *
   * @throws IllegalArgumentException if it is of another version, has no subject, or one twice
   */
  public Statement {
    subject = List.copyOf(subject);
    if (!type.equals(TYPE)) {
      throw new IllegalArgumentException(
          "the statement is of type %s, only %s is known".formatted(type, TYPE));
    }
    if (subject.isEmpty()) {
      throw new IllegalArgumentException("the statement has no subject: it is about nothing");
    }
    Set<String> names = new HashSet<>();
    for (Subject each : subject) {
      if (!names.add(each.name())) {
        throw new IllegalArgumentException("the subject %s is given twice".formatted(each.name()));
      }
    }
  }

  /** A statement about files. */
  public static Statement of(List<Subject> subjects, String predicateType, Object predicate) {
    return new Statement(TYPE, subjects, predicateType, Json.mapper().valueToTree(predicate));
  }

  /**
   * The predicate as a record.
   *
   * @throws InvalidJsonException if it is not of that form
   */
  public <T> T predicateAs(Class<T> form) {
    byte[] bytes = Json.canonical(predicate).getBytes(StandardCharsets.UTF_8);
    return Json.parse("the predicate " + predicateType, bytes, form);
  }

  byte[] bytes() {
    return Json.canonical(this).getBytes(StandardCharsets.UTF_8);
  }
}
