package org.tfmot.gate.run;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.apiguardian.api.API;
import org.eclipse.aether.RepositorySystem;
import org.eclipse.aether.RepositorySystemSession.CloseableSession;
import org.eclipse.aether.RepositorySystemSession.SessionBuilder;
import org.eclipse.aether.artifact.Artifact;
import org.eclipse.aether.artifact.DefaultArtifact;
import org.eclipse.aether.collection.CollectRequest;
import org.eclipse.aether.graph.Dependency;
import org.eclipse.aether.repository.RemoteRepository;
import org.eclipse.aether.repository.RepositoryPolicy;
import org.eclipse.aether.resolution.ArtifactRequest;
import org.eclipse.aether.resolution.ArtifactResolutionException;
import org.eclipse.aether.resolution.ArtifactResult;
import org.eclipse.aether.resolution.DependencyRequest;
import org.eclipse.aether.resolution.DependencyResolutionException;
import org.eclipse.aether.resolution.VersionRangeRequest;
import org.eclipse.aether.resolution.VersionRangeResolutionException;
import org.eclipse.aether.resolution.VersionRangeResult;
import org.eclipse.aether.supplier.RepositorySystemSupplier;
import org.eclipse.aether.supplier.SessionBuilderSupplier;
import org.eclipse.aether.util.artifact.JavaScopes;
import org.eclipse.aether.util.graph.manager.ClassicDependencyManager;
import org.tfmot.gate.json.Digest;

/**
 * Resolves the class path of convergence tests with Maven Resolver, as a project that depends on
 * some artifacts would see it. For programs, which add {@code
 * org.apache.maven.resolver:maven-resolver-supplier-mvn3} to their dependencies; a Maven plugin
 * uses the resolver of its build.
 *
 * <p>Mirrors and credentials of a {@code settings.xml} are not read. Not for several threads.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class ClasspathResolver implements AutoCloseable {

  /**
   * Source of artifacts.
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

  private static final Pattern PRE_RELEASE =
      Pattern.compile(
          "(?<![a-z])(?:(?:alpha|beta|milestone|rc|cr|snapshot|preview|pre|ea|dev|nightly)(?![a-z])"
              + "|[abm](?=[0-9]))",
          Pattern.CASE_INSENSITIVE);

  private final RepositorySystem system;
  private final Path localRepository;
  private final List<RemoteRepository> repositories;

  /**
   * A resolver.
   *
   * @param localRepository the folder that keeps what was downloaded; made if missing
   * @param repositories in the order in which they are asked
   */
  public ClasspathResolver(Path localRepository, List<Repository> repositories) {
    this.system = new RepositorySystemSupplier().get();
    this.localRepository = localRepository.toAbsolutePath();
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
   * @throws IOException if something cannot be found or downloaded, or a repository did not tell
   *     which versions or which build of a snapshot it has; the message names it
   * @throws IllegalArgumentException if coordinates cannot be read
   */
  public Classpath resolve(List<String> coordinates, Map<String, String> overrides)
      throws IOException {
    CollectRequest collect = new CollectRequest().setRepositories(repositories);
    coordinates.forEach(
        text ->
            collect.addDependency(new Dependency(new DefaultArtifact(text), JavaScopes.RUNTIME)));
    MetadataFailures failures = new MetadataFailures();
    try (CloseableSession session = session(failures, overrides)) {
      List<ArtifactResult> results =
          system
              .resolveDependencies(session, new DependencyRequest(collect, null))
              .getArtifactResults();
      failures.requireNone();
      return classpath(results);
    } catch (DependencyResolutionException e) {
      throw new IOException(
          "the class path of %s cannot be resolved: %s".formatted(coordinates, e.getMessage()), e);
    }
  }

  /**
   * Brings a locked class path back, file by file: what a recorded run ran on.
   *
   * @throws IOException if a file cannot be found or is not the one that was locked; the message
   *     names each
   */
  public Classpath resolve(GateLock lock) throws IOException {
    List<ArtifactRequest> requests =
        lock.artifacts().stream()
            .map(a -> new ArtifactRequest(ClasspathResolver.artifact(a), repositories, null))
            .toList();
    MetadataFailures failures = new MetadataFailures();
    try (CloseableSession session = session(failures, Map.of())) {
      Classpath found = classpath(system.resolveArtifacts(session, requests));
      Map<String, Path> files = new LinkedHashMap<>();
      for (int i = 0; i < found.files().size(); i++) {
        files.put(found.lock().artifacts().get(i).coordinates(), found.files().get(i));
      }
      List<String> differences = lock.differences(files);
      if (!differences.isEmpty()) {
        throw new IOException(String.join("; ", differences));
      }
      return new Classpath(lock, found.files());
    } catch (ArtifactResolutionException e) {
      throw new IOException("the locked class path is not to be had: " + e.getMessage(), e);
    }
  }

  private static Artifact artifact(LockedArtifact locked) {
    return new DefaultArtifact(
        locked.groupId(),
        locked.artifactId(),
        locked.classifier(),
        locked.extension(),
        locked.version());
  }

  private static Classpath classpath(List<ArtifactResult> results) throws IOException {
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
              Digest.of(artifact.getPath()),
              result.getRepository().getId()));
    }
    return new Classpath(new GateLock(locked), files);
  }

  /**
   * The released versions of an artifact, oldest first by Maven's order: no snapshots, and no
   * alpha, beta, milestone or release candidate, which a range of Maven includes.
   *
   * @param name {@code groupId:artifactId}
   * @throws IOException if no repository has one, or a repository did not tell which it has
   */
  public List<String> releases(String name) throws IOException {
    VersionRangeRequest request =
        new VersionRangeRequest(new DefaultArtifact(name + ":[0,)"), repositories, null);
    VersionRangeResult result;
    MetadataFailures failures = new MetadataFailures();
    try (CloseableSession session = session(failures, Map.of())) {
      result = system.resolveVersionRange(session, request);
    } catch (VersionRangeResolutionException e) {
      throw new IOException("the versions of %s: %s".formatted(name, e.getMessage()), e);
    }
    failures.requireNone();
    List<String> releases =
        result.getVersions().stream()
            .map(Object::toString)
            .filter(version -> !PRE_RELEASE.matcher(version).find())
            .toList();
    if (releases.isEmpty()) {
      throw new IOException(
          "no release of %s is in %s: %s".formatted(name, repositories, result.getExceptions()));
    }
    return releases;
  }

  @Override
  public void close() {
    system.shutdown();
  }

  private CloseableSession session(MetadataFailures failures, Map<String, String> overrides) {
    SessionBuilder builder =
        new SessionBuilderSupplier(system)
            .get()
            .withLocalRepositoryBaseDirectories(localRepository)
            .setRepositoryListener(failures)
            // What is locked has to be what the repository has now, and whole.
            .setUpdatePolicy(RepositoryPolicy.UPDATE_POLICY_ALWAYS)
            .setChecksumPolicy(RepositoryPolicy.CHECKSUM_POLICY_FAIL);
    if (!overrides.isEmpty()) {
      builder.setDependencyManager(
          new VersionOverrides(new ClassicDependencyManager(), Map.copyOf(overrides)));
    }
    return builder.build();
  }

  /** Without its repository the resolver returns whatever snapshot lies about. */
  private static void requirePinned(Artifact artifact) throws IOException {
    if (artifact.getVersion().endsWith("SNAPSHOT")) {
      throw new IOException(
          ("%s is a snapshot without a time stamp: its repository did not say which build it is;"
                  + " make the repository reachable, or name a release")
              .formatted(artifact));
    }
  }
}
