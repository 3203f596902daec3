package org.tfmot.gate.maven.process;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.tfmot.gate.claim.Descriptors;
import org.tfmot.gate.claim.TechniqueDescriptor;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.maven.Signer;
import org.tfmot.gate.process.Candidate;
import org.tfmot.gate.process.Journal;
import org.tfmot.gate.process.ProcessEvent;
import org.tfmot.gate.process.Rfc;

/**
 * An RFC with the descriptor that it names.
 *
 * @param rfc as it is read
 * @param descriptor with its claims
 */
record Proposal(Rfc rfc, TechniqueDescriptor descriptor) {

  /**
   * Reads both.
   *
   * @throws IllegalArgumentException if one of them is not what it has to be, or they are of two
   *     techniques
   */
  static Proposal read(Path file) throws IOException {
    Rfc rfc = Rfc.read(file);
    TechniqueDescriptor descriptor =
        Descriptors.read(file.toAbsolutePath().resolveSibling(rfc.descriptor()).normalize());
    if (!descriptor.technique().equals(rfc.technique())) {
      throw new IllegalArgumentException(
          "%s is about %s, and its descriptor %s about %s: make them the same"
              .formatted(file, rfc.technique(), rfc.descriptor(), descriptor.technique()));
    }
    return new Proposal(rfc, descriptor);
  }

  /**
   * Proposes it.
   *
   * @throws IllegalArgumentException if it may not be proposed, or not by the signer
   */
  void take(Signer signer, Journal journal) throws IOException {
    // Proposed before it is built: a proposal is of a text, not of a commit or an example.
    Candidate candidate = new Candidate(descriptor, "", Digest.ofJson(List.of()));
    signer.take(ProcessEvent.Proposed.of(rfc), candidate, journal);
  }
}
