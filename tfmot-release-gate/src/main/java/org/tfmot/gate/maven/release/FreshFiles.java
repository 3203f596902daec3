package org.tfmot.gate.maven.release;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.eclipse.aether.DefaultRepositorySystemSession;
import org.eclipse.aether.RepositorySystem;
import org.eclipse.aether.RepositorySystemSession;
import org.eclipse.aether.artifact.DefaultArtifact;
import org.eclipse.aether.repository.LocalRepository;
import org.eclipse.aether.repository.RemoteRepository;
import org.eclipse.aether.resolution.ArtifactRequest;
import org.eclipse.aether.resolution.ArtifactResolutionException;
import org.tfmot.gate.maven.RepositoryFile;

/**
 * Files as their repository has them now, not as they lie in the local one: what was built here
 * says nothing about what others get.
 */
final class FreshFiles implements AutoCloseable {

  private final RepositorySystem system;
  private final RepositorySystemSession session;
  private final List<RemoteRepository> repositories;
  private final Path folder;

  FreshFiles(
      RepositorySystem system, RepositorySystemSession parent, List<RemoteRepository> repositories)
      throws IOException {
    this.system = system;
    this.repositories = repositories;
    this.folder = Files.createTempDirectory("gate-verify");
    DefaultRepositorySystemSession own = new DefaultRepositorySystemSession(parent);
    own.setWorkspaceReader(null);
    own.setLocalRepositoryManager(
        system.newLocalRepositoryManager(own, new LocalRepository(folder.toFile())));
    this.session = own;
  }

  /**
   * Fetches a file.
   *
   * @throws IOException if no repository has it; the message names it
   */
  Path fetch(RepositoryFile name) throws IOException {
    ArtifactRequest request =
        new ArtifactRequest(
            new DefaultArtifact(
                name.groupId(),
                name.artifactId(),
                name.classifier(),
                name.extension(),
                name.version()),
            repositories,
            null);
    try {
      return system.resolveArtifact(session, request).getArtifact().getFile().toPath();
    } catch (ArtifactResolutionException e) {
      throw new IOException(
          "%s is not in %s: %s".formatted(name.name(), repositories, e.getMessage()), e);
    }
  }

  @Override
  public void close() throws IOException {
    MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
  }
}
