package org.tfmot.gate.maven;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.attestation.AttestationPolicy;
import org.tfmot.gate.attestation.AttestationVerifier;
import org.tfmot.gate.attestation.ConvergencePredicate;
import org.tfmot.gate.ledger.HashChain.Head;
import org.tfmot.gate.signature.TrustedKeys;

/**
 * The last release, by its attestation, which is kept among the records. The release team signed
 * it, so nobody else moves the commit that the next release is compared with.
 *
 * @param attested what was attested
 * @param modules {@code groupId:artifactId} of each
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public record LastRelease(ConvergencePredicate attested, SortedSet<String> modules) {

  /** The name of the file among the records. */
  public static final String FILE = "last-release.intoto.jsonl";

  /**
   * Reads the last release.
   *
   * @param file {@value #FILE} among the records
   * @return empty before the first release
   * @throws IllegalStateException if it is not signed by the release team
   */
  public static Optional<LastRelease> read(Path file, TrustedKeys keys) throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    AttestationContent content = AttestationContent.read(file);
    ConvergencePredicate predicate =
        new AttestationVerifier(
                new AttestationPolicy(keys, content.claims(), new TreeMap<>(), null, null))
            .signed(file);
    TreeSet<String> modules = new TreeSet<>();
    for (String name : content.subjects()) {
      RepositoryFile subject = RepositoryFile.parse(name);
      modules.add(subject.groupId() + ":" + subject.artifactId());
    }
    return Optional.of(new LastRelease(predicate, modules));
  }

  /** Keeps the attestation of a release that is uploaded. */
  public static void keep(Path attestation, Path file) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.copy(attestation, file, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Returns the commit that was released. */
  public String commit() {
    return attested.commit();
  }

  /** Returns the head of the journal then; null if there was none. */
  public @Nullable Head journal() {
    return attested.journal();
  }

  /** Returns whether another release is a later one of the same project. */
  public boolean isBefore(LastRelease other) {
    return !Collections.disjoint(modules, other.modules)
        && Instant.parse(attested.time()).isBefore(Instant.parse(other.attested.time()));
  }
}
