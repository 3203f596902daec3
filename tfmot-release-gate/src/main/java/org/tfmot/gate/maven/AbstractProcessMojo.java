package org.tfmot.gate.maven;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.maven.plugins.annotations.Parameter;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.claim.Claim;
import org.tfmot.gate.claim.TechniqueDescriptor;
import org.tfmot.gate.engine.GateSpec;
import org.tfmot.gate.engine.GateTest;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.HashChain.Head;
import org.tfmot.gate.process.Candidate;
import org.tfmot.gate.process.Journal;
import org.tfmot.gate.signature.SigningKey;
import org.tfmot.gate.signature.TrustedKeys;

/** What the goals with signatures have in common. */
abstract class AbstractProcessMojo extends AbstractGateMojo {

  /** The private key to sign with: {@code name.pem}, with {@code name.pub.pem} beside it. */
  @Parameter(property = "gate.key")
  @Nullable String key;

  /** The file with the keys whose signatures count. */
  Path trustedKeysFile() {
    return record("trusted-keys.json");
  }

  /**
   * The trusted keys.
   *
   * @throws IllegalStateException if there is no such file
   */
  final TrustedKeys keys() throws IOException {
    Path file = trustedKeysFile();
    if (!Files.exists(file)) {
      throw new IllegalStateException(
          ("%s does not exist, so no signature counts: make a key with gate:keygen and put its"
                  + " entry there")
              .formatted(file));
    }
    return TrustedKeys.read(file);
  }

  /**
   * The key to sign with.
   *
   * @throws IllegalStateException if none is named
   */
  final SigningKey signingKey() throws IOException {
    if (key == null) {
      throw new IllegalStateException(
          "no key is named to sign with: -Dgate.key=<name>.pem (gate:keygen makes one)");
    }
    return SigningKey.read(file(key));
  }

  /**
   * Who signs a step of the process. A step names the commit that it is about, so it is taken on
   * that commit's work tree only.
   *
   * @throws IllegalStateException if no key is named, it is not trusted, or the work tree differs
   *     from its commit
   */
  final Signer signer() throws IOException, InterruptedException {
    return signer(null);
  }

  /**
   * Who signs a step of the process, as {@link #signer()}.
   *
   * @param besides a file of the step that may lie in the work tree without a commit
   */
  final Signer signer(@Nullable Path besides) throws IOException, InterruptedException {
    Signer signer = Signer.of(keys(), signingKey());
    new ReleaseHistory(new Git(root()), recordsFolder()).requireCommitted(besides);
    return signer;
  }

  /**
   * The journal; an empty one before the first step.
   *
   * @throws IllegalArgumentException if lines that the last release knew are not in it
   */
  final Journal journal() throws IOException {
    TrustedKeys trusted = Files.exists(trustedKeysFile()) ? keys() : new TrustedKeys(List.of());
    Journal journal = Journal.open(record("journal.jsonl"), trusted);
    @Nullable Head known =
        LastRelease.read(record(LastRelease.FILE), trusted).map(LastRelease::journal).orElse(null);
    if (known != null) {
      journal.require(known);
    }
    return journal;
  }

  final String head() throws IOException, InterruptedException {
    return new Git(root()).head();
  }

  /** A technique as it is built now; its example is what its convergence tests are compiled to. */
  final Candidate candidate(TechniqueDescriptor technique, GateSpec spec)
      throws IOException, InterruptedException {
    List<String> tests = technique.claims().stream().map(Claim::test).toList();
    List<Digest> examples =
        spec.tests().stream()
            .filter(test -> tests.contains(test.name()))
            .map(GateTest::example)
            .distinct()
            .toList();
    return new Candidate(technique, head(), Digest.ofJson(examples));
  }
}
