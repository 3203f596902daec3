package org.tfmot.gate.attestation;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apiguardian.api.API;
import org.tfmot.gate.json.Json;
import org.tfmot.gate.signature.DsseEnvelope;
import org.tfmot.gate.signature.SigningKey;

/**
 * The attestation file of a release: JSON lines, each a DSSE envelope with an in-toto statement. It
 * is deployed beside the files that it is about, as {@code <artifact>-gate.intoto.jsonl}, and is no
 * subject of itself.
 *
 * @param envelopes the convergence statement, and the test result and summary that follow from it
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record Attestation(List<DsseEnvelope> envelopes) {

  /** Classifier and type of the file beside an artifact. */
  public static final String SUFFIX = "-gate.intoto.jsonl";

  /** Copies the list. */
  public Attestation {
    envelopes = List.copyOf(envelopes);
  }

  /**
   * Attests an outcome, whatever it is: that a gate failed may be known too.
   *
   * @param subjects every file that will be deployed
   */
  public static Attestation sign(
      List<Subject> subjects, ConvergencePredicate convergence, SigningKey key) {
    return new Attestation(
        List.of(
            envelope(subjects, ConvergencePredicate.TYPE, convergence, key),
            envelope(subjects, TestResultPredicate.TYPE, TestResultPredicate.of(convergence), key),
            envelope(subjects, SummaryPredicate.TYPE, SummaryPredicate.of(convergence), key)));
  }

  private static DsseEnvelope envelope(
      List<Subject> subjects, String type, Object predicate, SigningKey key) {
    Statement statement = Statement.of(subjects, type, predicate);
    return DsseEnvelope.sign(Statement.PAYLOAD_TYPE, statement.bytes(), key);
  }

  /** Writes the file in one step. */
  public void write(Path file) throws IOException {
    StringBuilder lines = new StringBuilder();
    for (DsseEnvelope envelope : envelopes) {
      lines.append(Json.canonical(envelope)).append('\n');
    }
    Json.replace(file, lines.toString().getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Reads the file. Nothing of it is believed yet: {@link AttestationVerifier} does that.
   *
   * @throws org.tfmot.gate.json.InvalidJsonException if a line is no envelope, with its number
   */
  public static Attestation read(Path file) throws IOException {
    // One character for each byte, so that bytes which are no text are an error of their line.
    String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    List<DsseEnvelope> envelopes = new ArrayList<>();
    int number = 0;
    for (String line : text.lines().toList()) {
      number++;
      if (!line.isBlank()) {
        byte[] bytes = line.getBytes(StandardCharsets.ISO_8859_1);
        envelopes.add(Json.parse(file + ", line " + number, bytes, DsseEnvelope.class));
      }
    }
    return new Attestation(envelopes);
  }
}
