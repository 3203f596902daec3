package org.tfmot.gate.maven;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.TreeMap;
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
 * @param commit that was released
 * @param journal the head of the journal then; null if there was none
 */
record LastRelease(String commit, @Nullable Head journal) {

  /** The name of the file among the records. */
  static final String FILE = "last-release.intoto.jsonl";

  /**
   * Reads the last release.
   *
   * @param file {@value #FILE} among the records
   * @return empty before the first release
   * @throws IllegalStateException if it is not signed by the release team
   */
  static Optional<LastRelease> read(Path file, TrustedKeys keys) throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    ConvergencePredicate predicate =
        new AttestationVerifier(
                new AttestationPolicy(
                    keys, AttestationContent.read(file).claims(), new TreeMap<>(), null, null))
            .signed(file);
    return Optional.of(new LastRelease(predicate.commit(), predicate.journal()));
  }

  /** Keeps the attestation of a release that is uploaded. */
  static void keep(Path attestation, Path file) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.copy(attestation, file, StandardCopyOption.REPLACE_EXISTING);
  }
}
