package org.tfmot.gate.run;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;
import org.eclipse.aether.RepositorySystem;
import org.eclipse.aether.RepositorySystemSession.CloseableSession;
import org.eclipse.aether.artifact.Artifact;
import org.eclipse.aether.artifact.DefaultArtifact;
import org.eclipse.aether.collection.CollectRequest;
import org.eclipse.aether.graph.Dependency;
import org.eclipse.aether.repository.RemoteRepository;
import org.eclipse.aether.repository.RepositoryPolicy;
import org.eclipse.aether.resolution.ArtifactResult;
import org.eclipse.aether.resolution.DependencyRequest;
import org.eclipse.aether.resolution.DependencyResolutionException;
import org.eclipse.aether.resolution.VersionRangeRequest;
import org.eclipse.aether.resolution.VersionRangeResolutionException;
import org.eclipse.aether.resolution.VersionRangeResult;
import org.eclipse.aether.supplier.RepositorySystemSupplier;
import org.eclipse.aether.supplier.SessionBuilderSupplier;
import org.eclipse.aether.util.artifact.JavaScopes;
import org.tfmot.gate.json.Digest;

/**
 * Resolves the class path of convergence tests with Maven Resolver, as a project that depends on
 * some artifacts would see it. For programs; a Maven plugin uses the resolver of its build.
 *
 * <p>Mirrors and credentials of a {@code settings.xml} are not read. Not for several threads.
 */
@API(status = API.Status.EXPERIMENTAL)
public final class ClasspathResolver implements AutoCloseable {

  /**
   * Where artifacts come from.
   *
   * @param id as in a POM
   * @param location such as an {@code https:} or {@code file:} URI
   */
  public record Repository(String id, URI location) {}

  /**
   * A class path.
   *
   * @param lock what it is made of
   * @param files in the same order
   */
  public record Classpath(GateLock lock, List<Path> files) {

    /** Copies the list. */
    public Classpath {
      files = List.copyOf(files);
    }
  }

  private final RepositorySystem system;
  private final CloseableSession session;
  private final List<RemoteRepository> repositories;

  /**
   * A resolver.
   *
   * @param localRepository the folder that keeps what was downloaded; made if missing
   * @param repositories in the order in which they are asked
   */
  public ClasspathResolver(Path localRepository, List<Repository> repositories) {
    this.system = new RepositorySystemSupplier().get();
    this.session =
        new SessionBuilderSupplier(system)
            .get()
            .withLocalRepositoryBaseDirectories(localRepository)
            // What is locked has to be what the repository has now, and whole.
            .setUpdatePolicy(RepositoryPolicy.UPDATE_POLICY_ALWAYS)
            .setChecksumPolicy(RepositoryPolicy.CHECKSUM_POLICY_FAIL)
            .build();
    this.repositories =
        repositories.stream()
            .map(
                r ->
                    new RemoteRepository.Builder(r.id(), "default", r.location().toString())
                        .build())
            .toList();
  }

  /**
   * Resolves artifacts with all that they need when they run.
   *
   * @param coordinates {@code groupId:artifactId[:extension[:classifier]]:version} of each
   * @param overrides versions that go before those that dependencies ask for, by {@code
   *     groupId:artifactId}: a newer TensorFlow under an unchanged technique
   * @throws IOException if something cannot be found or downloaded; the message names it
   * @throws IllegalArgumentException if coordinates cannot be read, or a snapshot's repository did
   *     not tell which build it is
   */
  public Classpath resolve(List<String> coordinates, Map<String, String> overrides)
      throws IOException {
    CollectRequest collect = new CollectRequest().setRepositories(repositories);
    Map<String, String> roots = new LinkedHashMap<>(overrides);
    for (String text : coordinates) {
      Artifact asked = new DefaultArtifact(text);
      String version = roots.getOrDefault(key(asked), asked.getVersion());
      collect.addDependency(new Dependency(asked.setVersion(version), JavaScopes.RUNTIME));
    }
    overrides.forEach(
        (name, version) ->
            collect.addManagedDependency(
                new Dependency(new DefaultArtifact(name + ":" + version), JavaScopes.RUNTIME)));
    List<ArtifactResult> results;
    try {
      results =
          system
              .resolveDependencies(session, new DependencyRequest(collect, null))
              .getArtifactResults();
    } catch (DependencyResolutionException e) {
      throw new IOException(
          "the class path of %s cannot be resolved: %s".formatted(coordinates, e.getMessage()), e);
    }
    List<LockedArtifact> locked = new ArrayList<>();
    List<Path> files = new ArrayList<>();
    for (ArtifactResult result : results) {
      Artifact artifact = result.getArtifact();
      requirePinned(artifact);
      files.add(artifact.getPath());
      locked.add(
          new LockedArtifact(
              artifact.getGroupId(),
              artifact.getArtifactId(),
              artifact.getExtension(),
              artifact.getClassifier(),
              artifact.getVersion(),
              Digest.of(artifact.getPath())));
    }
    return new Classpath(new GateLock(locked), files);
  }

  /**
   * The released versions of an artifact, oldest first by Maven's order; no snapshots.
   *
   * @param name {@code groupId:artifactId}
   * @throws IOException if no repository has it
   */
  public List<String> releases(String name) throws IOException {
    VersionRangeRequest request =
        new VersionRangeRequest(new DefaultArtifact(name + ":[0,)"), repositories, null);
    VersionRangeResult result;
    try {
      result = system.resolveVersionRange(session, request);
    } catch (VersionRangeResolutionException e) {
      throw new IOException("the versions of %s: %s".formatted(name, e.getMessage()), e);
    }
    List<String> releases =
        result.getVersions().stream()
            .map(Object::toString)
            .filter(version -> !version.endsWith("-SNAPSHOT"))
            .toList();
    if (releases.isEmpty()) {
      throw new IOException(
          "no release of %s is in %s: %s".formatted(name, repositories, result.getExceptions()));
    }
    return releases;
  }

  @Override
  public void close() {
    session.close();
    system.shutdown();
  }

  private static String key(Artifact artifact) {
    return artifact.getGroupId() + ":" + artifact.getArtifactId();
  }

  /** Without its repository the resolver answers with whatever snapshot lies about. */
  private static void requirePinned(Artifact artifact) {
    if (artifact.getVersion().endsWith("-SNAPSHOT")) {
      throw new IllegalArgumentException(
          ("%s is a snapshot without a time stamp: its repository did not say which build it is;"
                  + " make the repository reachable, or name a release")
              .formatted(artifact));
    }
  }
}
