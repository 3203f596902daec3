package org.tfmot.gate.maven.release;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.inject.Inject;
import org.apache.maven.RepositoryUtils;
import org.apache.maven.artifact.repository.ArtifactRepository;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.apiguardian.api.API;
import org.eclipse.aether.RepositorySystem;
import org.eclipse.aether.artifact.DefaultArtifact;
import org.eclipse.aether.deployment.DeployRequest;
import org.eclipse.aether.deployment.DeploymentException;
import org.eclipse.aether.repository.RemoteRepository;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.attestation.AttestationPolicy;
import org.tfmot.gate.attestation.Finding;
import org.tfmot.gate.claim.Claim;
import org.tfmot.gate.claim.TechniqueDescriptor;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.maven.AbstractProcessMojo;
import org.tfmot.gate.maven.LastRelease;
import org.tfmot.gate.maven.Reactor;
import org.tfmot.gate.maven.RepositoryFile;

/**
 * Uploads all modules at once, and only what is attested: the one way from this build to a
 * repository. It takes the place of {@code deploy:deploy}, which would upload the first modules
 * before the gate in the last one has run, and a part of the build without any gate.
 */
@API(status = API.Status.INTERNAL, since = "0.1.0")
@Mojo(name = "publish", defaultPhase = LifecyclePhase.DEPLOY, threadSafe = true)
public final class PublishMojo extends AbstractProcessMojo {

  private static final Pattern ALTERNATIVE = Pattern.compile("([^:]+)::(?:[^:]+::)?(.+)");

  /** Target repository instead of the project's {@code distributionManagement}: {@code id::url}. */
  @Parameter(property = "altDeploymentRepository")
  @Nullable String altDeploymentRepository;

  private final RepositorySystem repositories;

  @Inject
  PublishMojo(RepositorySystem repositories) {
    this.repositories = repositories;
  }

  @Override
  protected boolean isForRelease() {
    return true;
  }

  @Override
  protected void act() throws IOException, InterruptedException, MojoFailureException {
    Reactor reactor = new Reactor(session);
    reactor.requireComplete();
    if (session.getResult() != null && session.getResult().hasExceptions()) {
      throw new MojoFailureException(
          "nothing was uploaded: a module of this build failed, and -fn does not make it good");
    }
    SortedMap<String, Path> files = reactor.files();
    Path attestation = attestation(files);
    ReleaseCheck check = new ReleaseCheck(attestation, ReleaseFiles.attestable(files));
    Optional<Finding> finding = check.run(keys(), this::asked, options());
    if (finding.isPresent()) {
      throw new MojoFailureException("nothing was uploaded: " + finding.get());
    }
    RemoteRepository target = target();
    upload(files, target);
    LastRelease.keep(attestation, record(LastRelease.FILE));
    getLog()
        .info("published %d files of one release to %s".formatted(files.size(), target.getUrl()));
  }

  private static Path attestation(SortedMap<String, Path> files) {
    return files.entrySet().stream()
        .filter(file -> ReleaseFiles.isAttestation(file.getKey()))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "nothing was uploaded: the build is not attested; name a key of the release"
                        + " team with -Dgate.key=<name>.pem"));
  }

  private AttestationPolicy asked(List<TechniqueDescriptor> techniques)
      throws IOException, InterruptedException {
    TreeSet<String> required = new TreeSet<>();
    TreeMap<String, Digest> claims = new TreeMap<>();
    for (TechniqueDescriptor technique : techniques) {
      technique.claims().stream().map(Claim::id).forEach(required::add);
      claims.put(technique.technique(), technique.claimsDigest());
    }
    return new AttestationPolicy(
        keys(), required, claims, head(), Duration.ofDays(policy().maxAgeDays()));
  }

  private void upload(SortedMap<String, Path> files, RemoteRepository target)
      throws IOException, MojoFailureException {
    DeployRequest request = new DeployRequest().setRepository(target);
    for (Map.Entry<String, Path> entry : files.entrySet()) {
      RepositoryFile name = RepositoryFile.parse(entry.getKey());
      request.addArtifact(
          new DefaultArtifact(
              name.groupId(),
              name.artifactId(),
              name.classifier(),
              name.extension(),
              name.version(),
              Map.of(),
              (File) entry.getValue().toFile()));
    }
    try {
      repositories.deploy(session.getRepositorySession(), request);
    } catch (DeploymentException e) {
      throw new IOException(
          "the upload to %s failed: %s".formatted(target.getUrl(), e.getMessage()), e);
    }
  }

  private RemoteRepository target() {
    if (altDeploymentRepository != null) {
      Matcher matcher = ALTERNATIVE.matcher(altDeploymentRepository);
      if (!matcher.matches()) {
        throw new IllegalArgumentException(
            "altDeploymentRepository is \"%s\": write id::url".formatted(altDeploymentRepository));
      }
      return repositories.newDeploymentRepository(
          session.getRepositorySession(),
          new RemoteRepository.Builder(matcher.group(1), "default", matcher.group(2)).build());
    }
    ArtifactRepository managed = project.getDistributionManagementArtifactRepository();
    if (managed == null) {
      throw new IllegalStateException(
          "nothing was uploaded: %s names no repository in distributionManagement; add it, or say"
                  .formatted(project.getArtifactId())
              + " -DaltDeploymentRepository=id::url");
    }
    return RepositoryUtils.toRepo(managed);
  }
}
