package org.tfmot.gate.maven.release;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.attestation.AttestationPolicy;
import org.tfmot.gate.attestation.AttestationVerifier;
import org.tfmot.gate.attestation.Finding;
import org.tfmot.gate.claim.Descriptors;
import org.tfmot.gate.claim.TechniqueDescriptor;
import org.tfmot.gate.dependency.BuildContent;
import org.tfmot.gate.dependency.DependencyStore;
import org.tfmot.gate.engine.GateOptions;
import org.tfmot.gate.engine.LedgerVerdicts;
import org.tfmot.gate.engine.ReleasedContent;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.maven.AttestationContent;
import org.tfmot.gate.maven.RepositoryFile;
import org.tfmot.gate.signature.TrustedKeys;

/**
 * Checks a release, before it is uploaded or after it was fetched: the attestation against the
 * files, and every verdict again from the released ledger and the released claims.
 *
 * @param attestation its file
 * @param files everything else that is released, by repository name
 */
record ReleaseCheck(Path attestation, SortedMap<String, Path> files) {

  /** Requirements for a release, given the claims that its jars state. */
  interface Policy {
    AttestationPolicy of(List<TechniqueDescriptor> techniques)
        throws IOException, InterruptedException;
  }

  /**
   * The first thing that is wrong; empty if nothing is.
   *
   * @param keys whose signatures count
   * @param policy what else is asked
   * @param options the limits that the gate was run with
   */
  Optional<Finding> run(TrustedKeys keys, Policy policy, GateOptions options)
      throws IOException, InterruptedException {
    // Nothing of the files is read before it is known that they are those that were attested.
    Optional<Finding> found = new AttestationVerifier(bytesOnly(keys)).verify(attestation, files);
    if (found.isPresent()) {
      return found;
    }
    List<TechniqueDescriptor> techniques =
        Descriptors.find(
            files.entrySet().stream()
                .filter(file -> isMainJar(file.getKey()))
                .map(Map.Entry::getValue)
                .toList());
    AttestationVerifier verifier = new AttestationVerifier(policy.of(techniques));
    found = verifier.verify(attestation, files);
    if (found.isPresent()) {
      return found;
    }
    SortedMap<String, Digest> digests = new TreeMap<>();
    Path ledger = null;
    for (Map.Entry<String, Path> file : files.entrySet()) {
      digests.put(file.getKey(), Digest.of(file.getValue()));
      if (ReleaseFiles.isLedger(file.getKey())) {
        ledger = file.getValue();
      }
    }
    if (ledger == null) {
      return Optional.of(
          new Finding(
              Finding.Kind.VERDICT_DIFFERS,
              "no ledger was released, so that the verdicts cannot be computed again"));
    }
    return verifier
        .recomputingWith(
            new LedgerVerdicts(ledger, techniques, digests, options, releasedContent()))
        .verify(attestation, files);
  }

  /** Null for a release from before there was a record of what runs depended on. */
  private @Nullable ReleasedContent releasedContent() throws IOException {
    List<BuildContent.Place> jars = new ArrayList<>();
    Path dependencies = null;
    for (Map.Entry<String, Path> file : files.entrySet()) {
      if (ReleaseFiles.isDependencies(file.getKey())) {
        dependencies = file.getValue();
      }
      RepositoryFile name = RepositoryFile.parse(file.getKey());
      if (name.extension().equals("jar")) {
        String module = name.groupId() + ":" + name.artifactId();
        String classifier = name.classifier();
        jars.add(
            new BuildContent.Place(
                classifier.isEmpty() ? module : module + ":" + classifier, file.getValue(), true));
      }
    }
    return dependencies == null
        ? null
        : new ReleasedContent(BuildContent.of(jars), DependencyStore.read(dependencies));
  }

  /** Sources, tests and shaded jars repeat what is in it. */
  private static boolean isMainJar(String name) {
    RepositoryFile file = RepositoryFile.parse(name);
    return file.extension().equals("jar") && file.classifier().isEmpty();
  }

  private AttestationPolicy bytesOnly(TrustedKeys keys) throws IOException {
    return new AttestationPolicy(
        keys, AttestationContent.read(attestation).claims(), new TreeMap<>(), null, null);
  }
}
