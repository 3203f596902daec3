package org.tfmot.gate.maven;

import java.io.IOException;
import java.nio.file.Path;
import java.util.SortedSet;
import java.util.TreeSet;
import org.apiguardian.api.API;
import org.tfmot.gate.attestation.Attestation;
import org.tfmot.gate.attestation.AttestedClaim;
import org.tfmot.gate.attestation.ConvergencePredicate;
import org.tfmot.gate.attestation.Statement;
import org.tfmot.gate.attestation.Subject;
import org.tfmot.gate.json.Json;
import org.tfmot.gate.signature.DsseEnvelope;

/**
 * Content of an attestation before anything of it is believed: enough to know which files to fetch
 * and which claims it could prove.
 *
 * @param subjects the names of its files
 * @param claims the ids of its claims
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public record AttestationContent(SortedSet<String> subjects, SortedSet<String> claims) {

  public static AttestationContent read(Path file) throws IOException {
    SortedSet<String> subjects = new TreeSet<>();
    SortedSet<String> claims = new TreeSet<>();
    for (DsseEnvelope envelope : Attestation.read(file).envelopes()) {
      Statement statement = Json.parse(file.toString(), envelope.body(), Statement.class);
      statement.subject().stream().map(Subject::name).forEach(subjects::add);
      if (statement.predicateType().equals(ConvergencePredicate.TYPE)) {
        statement.predicateAs(ConvergencePredicate.class).claims().stream()
            .map(AttestedClaim::id)
            .forEach(claims::add);
      }
    }
    return new AttestationContent(subjects, claims);
  }
}
