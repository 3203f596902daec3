package org.tfmot.gate.maven.process;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.eclipse.aether.RepositorySystem;
import org.eclipse.aether.RepositorySystemSession;
import org.eclipse.aether.artifact.DefaultArtifact;
import org.eclipse.aether.repository.RemoteRepository;
import org.eclipse.aether.resolution.ArtifactRequest;
import org.eclipse.aether.resolution.ArtifactResolutionException;
import org.eclipse.aether.resolution.VersionRangeRequest;
import org.eclipse.aether.resolution.VersionRangeResolutionException;
import org.eclipse.aether.resolution.VersionRangeResult;
import org.eclipse.aether.transfer.ArtifactNotFoundException;
import org.eclipse.aether.transfer.MetadataNotFoundException;
import org.eclipse.aether.transfer.MetadataTransferException;
import org.eclipse.aether.version.Version;

/**
 * Versions of an artifact that a build can have, from Maven's resolver.
 *
 * @param system Maven's
 * @param session Maven's
 * @param repositories in the order in which they are asked
 */
record RemoteVersions(
    RepositorySystem system, RepositorySystemSession session, List<RemoteRepository> repositories) {

  /**
   * All versions of {@code groupId:artifactId}.
   *
   * @throws IOException if a repository does not answer
   */
  List<String> all(String coordinates) throws IOException {
    VersionRangeResult result;
    try {
      result =
          system.resolveVersionRange(
              session,
              new VersionRangeRequest(
                  new DefaultArtifact(coordinates + ":[0,)"), repositories, null));
    } catch (VersionRangeResolutionException e) {
      throw new IOException(
          "the versions of %s are not known: %s".formatted(coordinates, e.getMessage()), e);
    }
    for (Exception e : result.getExceptions()) {
      if (e instanceof MetadataTransferException && !(e instanceof MetadataNotFoundException)) {
        throw new IOException(
            "a repository did not answer, so the versions of %s are not known: %s"
                .formatted(coordinates, e.getMessage()),
            e);
      }
    }
    return result.getVersions().stream().map(Version::toString).toList();
  }

  /**
   * Fetches the POM of a version.
   *
   * @return why there is no such version; empty if there is
   * @throws IOException if a repository does not answer
   */
  Optional<String> problem(String coordinates, String version) throws IOException {
    int colon = coordinates.indexOf(':');
    DefaultArtifact pom =
        new DefaultArtifact(
            coordinates.substring(0, colon), coordinates.substring(colon + 1), "pom", version);
    try {
      system.resolveArtifact(session, new ArtifactRequest(pom, repositories, null));
      return Optional.empty();
    } catch (ArtifactResolutionException e) {
      for (Exception cause : e.getResult().getExceptions()) {
        if (!(cause instanceof ArtifactNotFoundException)) {
          throw new IOException(
              "%s of %s could not be asked for: %s"
                  .formatted(version, coordinates, cause.getMessage()),
              e);
        }
      }
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }
}
