package org.tfmot.gate.maven.release;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apiguardian.api.API;
import org.eclipse.aether.RepositorySystemSession;
import org.eclipse.aether.artifact.Artifact;
import org.eclipse.aether.deployment.DeployRequest;
import org.eclipse.aether.impl.MetadataGenerator;
import org.eclipse.aether.impl.MetadataGeneratorFactory;
import org.eclipse.aether.installation.InstallRequest;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.attestation.AttestationPolicy;
import org.tfmot.gate.attestation.AttestationVerifier;
import org.tfmot.gate.attestation.Finding;
import org.tfmot.gate.engine.ReleasePolicy;
import org.tfmot.gate.maven.AttestationContent;
import org.tfmot.gate.maven.ProjectFolder;
import org.tfmot.gate.maven.RepositoryFile;
import org.tfmot.gate.signature.TrustedKeys;

/**
 * Stops every upload of files that no gate has attested, whichever goal makes it. A core extension:
 * {@code .mvn/extensions.xml} names this artifact. The trusted keys are {@code
 * gate/trusted-keys.json} beside {@code .mvn}, of the build or, where that has none, of the project
 * that the files are in.
 *
 * <p>The resolver asks each generator of metadata before the first byte of an upload, and gives up
 * if one throws; this one never generates any.
 */
@API(status = API.Status.INTERNAL, since = "0.1.0")
public final class GateVeto implements MetadataGeneratorFactory {

  private static final String RECORDS = "gate";
  private static final String KEYS = "trusted-keys.json";

  @Override
  public @Nullable MetadataGenerator newInstance(
      RepositorySystemSession session, InstallRequest request) {
    return null;
  }

  /**
   * @throws IllegalStateException if a file of the upload is not attested
   */
  @Override
  public @Nullable MetadataGenerator newInstance(
      RepositorySystemSession session, DeployRequest request) {
    if (!isPlugin() && !request.getArtifacts().isEmpty()) {
      try {
        require(session, request);
      } catch (IOException e) {
        throw new IllegalStateException("nothing is uploaded: " + e.getMessage(), e);
      }
    }
    return null;
  }

  @Override
  public float getPriority() {
    return 0;
  }

  /** Maven finds it in the plugin's jar too; there {@code publish} has checked more than this. */
  private static boolean isPlugin() {
    return String.valueOf(GateVeto.class.getClassLoader()).contains("plugin>");
  }

  private static void require(RepositorySystemSession session, DeployRequest request)
      throws IOException {
    SortedMap<String, Path> files = new TreeMap<>();
    Path attestation = null;
    for (Artifact artifact : request.getArtifacts()) {
      Path file = artifact.getFile().toPath();
      String name =
          new RepositoryFile(
                  artifact.getGroupId(),
                  artifact.getArtifactId(),
                  artifact.getBaseVersion(),
                  artifact.getClassifier(),
                  artifact.getExtension())
              .name();
      if (ReleaseFiles.isAttestation(name)) {
        attestation = file;
      } else {
        files.put(name, file);
      }
    }
    if (attestation == null) {
      throw new IllegalStateException(
          "nothing is uploaded: %s is not attested by the release gate, and this build's extension"
                  .formatted(files.firstKey())
              + " asks for that");
    }
    Optional<Finding> finding =
        new AttestationVerifier(policy(records(session, request), attestation))
            .verifyPart(attestation, files);
    if (finding.isPresent()) {
      throw new IllegalStateException("nothing is uploaded: " + finding.get());
    }
  }

  private static AttestationPolicy policy(Path records, Path attestation) throws IOException {
    return new AttestationPolicy(
        keys(records.resolve(KEYS)),
        AttestationContent.read(attestation).claims(),
        new TreeMap<>(),
        null,
        Duration.ofDays(ReleasePolicy.read(records.resolve(ReleasePolicy.FILE)).maxAgeDays()));
  }

  private static Path records(RepositorySystemSession session, DeployRequest request) {
    String build =
        Objects.toString(
            session.getSystemProperties().get("maven.multiModuleProjectDirectory"), "");
    Path own = Path.of(build, RECORDS);
    if (!Files.exists(own.resolve(KEYS))) {
      for (Artifact artifact : request.getArtifacts()) {
        Path other =
            ProjectFolder.of(artifact.getFile().toPath().toAbsolutePath().resolveSibling(""))
                .resolve(RECORDS);
        if (Files.exists(other.resolve(KEYS))) {
          return other;
        }
      }
    }
    return own;
  }

  private static TrustedKeys keys(Path file) throws IOException {
    if (!Files.exists(file)) {
      throw new IllegalStateException(
          "nothing is uploaded: %s does not exist, so that no attestation can be trusted"
              .formatted(file));
    }
    return TrustedKeys.read(file);
  }
}
