package org.tfmot.gate.maven.release;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import javax.inject.Inject;
import org.apache.maven.RepositoryUtils;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.apiguardian.api.API;
import org.eclipse.aether.RepositorySystem;
import org.eclipse.aether.repository.RemoteRepository;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.attestation.AttestationPolicy;
import org.tfmot.gate.attestation.ConvergencePredicate;
import org.tfmot.gate.attestation.Finding;
import org.tfmot.gate.claim.Claim;
import org.tfmot.gate.claim.TechniqueDescriptor;
import org.tfmot.gate.ledger.Ledger;
import org.tfmot.gate.maven.AbstractProcessMojo;
import org.tfmot.gate.maven.AttestationContent;
import org.tfmot.gate.maven.ChildMaven;
import org.tfmot.gate.maven.Git;
import org.tfmot.gate.maven.LastRelease;
import org.tfmot.gate.maven.LedgerContinuity;
import org.tfmot.gate.maven.RepositoryFile;

/**
 * Verifies a release: fetches every file that is attested together with some coordinates, checks
 * signature and digests, and decides every claim again from the released ledger.
 */
@API(status = API.Status.INTERNAL, since = "0.1.0")
@Mojo(name = "verify", requiresProject = false, threadSafe = true)
public final class VerifyMojo extends AbstractProcessMojo {

  private static final Duration LIMIT = Duration.ofHours(12);

  /** The keys that the verifier trusts; {@code gate/trusted-keys.json} where Maven is started. */
  @Parameter(property = "gate.trustedKeys")
  @Nullable String trustedKeys;

  /** Any module of the release: {@code groupId:artifactId:version}. */
  @Parameter(property = "gate.coordinates", required = true)
  String coordinates;

  /** The repository to fetch from; by default those of the project. */
  @Parameter(property = "gate.repository")
  @Nullable String repository;

  /** Claims that have to be proven besides those that the released jars state. */
  @Parameter(property = "gate.requiredClaims")
  List<String> requiredClaims = new ArrayList<>();

  /** The commit that it has to be built from; by default any. */
  @Parameter(property = "gate.commit")
  @Nullable String commit;

  /** Greatest age of the verdict in days; any age by default. */
  @Parameter(property = "gate.maxAgeDays")
  @Nullable Integer maxAgeDays;

  /**
   * Number of recorded runs to make again, drawn at random, in a build of the released commit.
   * Start it in a clone of the project, with the profiles that have the gate.
   */
  @Parameter(property = "gate.rerun")
  @Nullable Integer rerun;

  private final RepositorySystem repositories;

  @Inject
  VerifyMojo(RepositorySystem repositories) {
    this.repositories = repositories;
  }

  @Override
  protected Path trustedKeysFile() {
    return trustedKeys == null ? super.trustedKeysFile() : file(trustedKeys);
  }

  /** Returns null: the verified release says itself after which one its tries are counted. */
  @Override
  protected @Nullable ConvergencePredicate lastRelease() {
    return null;
  }

  @Override
  protected boolean isAboutTheBuild() {
    return false;
  }

  @Override
  protected boolean isForRelease() {
    return true;
  }

  @Override
  protected void act() throws IOException, InterruptedException, MojoFailureException {
    RepositoryFile pom = RepositoryFile.pom(coordinates);
    try (FreshFiles fresh =
        new FreshFiles(repositories, session.getRepositorySession(), remotes())) {
      Path attestation =
          fresh.fetch(
              pom.beside(ReleaseFiles.ATTESTATION_CLASSIFIER, ReleaseFiles.ATTESTATION_TYPE));
      SortedMap<String, Path> files = new TreeMap<>();
      for (String name : AttestationContent.read(attestation).subjects()) {
        files.put(name, fresh.fetch(RepositoryFile.parse(name)));
      }
      if (!files.containsKey(pom.name())) {
        throw new MojoFailureException(
            "%s is not verified: its attestation does not mention it".formatted(coordinates));
      }
      SortedSet<String> proven = new TreeSet<>();
      Optional<Finding> finding =
          new ReleaseCheck(attestation, files)
              .run(
                  keys(),
                  techniques -> {
                    AttestationPolicy policy = policy(techniques);
                    proven.addAll(policy.requiredClaims());
                    return policy;
                  },
                  options());
      if (finding.isPresent()) {
        throw new MojoFailureException(
            "%s is not verified: %s".formatted(coordinates, finding.get()));
      }
      requireContinued(LastRelease.read(attestation, keys()).orElseThrow(), files);
      if (policy().requireProcess()
          && LastRelease.read(attestation, keys()).map(LastRelease::journal).isEmpty()) {
        throw new MojoFailureException(
            "%s is not verified: the policy asks for the process, and it was released without a journal"
                .formatted(coordinates));
      }
      if (rerun != null) {
        makeAgain(rerun, attestation, files);
      }
      getLog()
          .info(
              "%s is verified: %d files, %d claims proven again from the ledger"
                  .formatted(coordinates, files.size(), proven.size()));
      proven.forEach(claim -> getLog().info("  PASS " + claim));
    }
  }

  /** Verifies, where the project's records are, that no run of the release before is gone. */
  private void requireContinued(LastRelease release, SortedMap<String, Path> files)
      throws IOException, MojoFailureException {
    Optional<LastRelease> before = Optional.empty();
    try {
      before = LastRelease.read(record(LastRelease.FILE), keys());
    } catch (IllegalStateException e) {
      getLog().info("not compared with the release before: " + e.getMessage());
    }
    if (before.filter(last -> last.isBefore(release)).isPresent()) {
      try {
        new LedgerContinuity(Ledger.read(ledger(files))).requireAttested(before.get().attested());
      } catch (IllegalStateException e) {
        throw new MojoFailureException(
            "%s is not verified: %s".formatted(coordinates, e.getMessage()));
      }
    }
  }

  private static Path ledger(SortedMap<String, Path> files) {
    return files.entrySet().stream()
        .filter(file -> ReleaseFiles.isLedger(file.getKey()))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElseThrow();
  }

  private void makeAgain(int count, Path attestation, SortedMap<String, Path> files)
      throws IOException, InterruptedException, MojoFailureException {
    File pom = session.getTopLevelProject().getFile();
    if (pom == null) {
      throw new MojoFailureException(
          "-Dgate.rerun builds the released commit: start it in a clone of the project");
    }
    String released = LastRelease.read(attestation, keys()).orElseThrow().commit();
    Path ledger = ledger(files);
    new Rerun(
            new Git(root()),
            ChildMaven.like(session, LIMIT).alone().withVariables(),
            outputFolder().resolve("rerun.log"))
        .require(
            new Rerun.Target(
                released,
                pom.toPath(),
                ledgerFile(),
                session.getRequest().getActiveProfiles(),
                gate),
            ledger,
            files.entrySet().stream()
                .filter(file -> ReleaseFiles.isDependencies(file.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(null),
            count)
        .forEach(line -> getLog().info("made again: " + line));
  }

  private AttestationPolicy policy(List<TechniqueDescriptor> techniques) throws IOException {
    TreeSet<String> required = new TreeSet<>(requiredClaims);
    techniques.forEach(
        technique -> technique.claims().stream().map(Claim::id).forEach(required::add));
    return new AttestationPolicy(
        keys(),
        required,
        new TreeMap<>(),
        commit,
        maxAgeDays == null ? null : Duration.ofDays(maxAgeDays));
  }

  private List<RemoteRepository> remotes() {
    if (repository == null) {
      return RepositoryUtils.toRepos(project.getRemoteArtifactRepositories());
    }
    return repositories.newResolutionRepositories(
        session.getRepositorySession(),
        List.of(new RemoteRepository.Builder("gate", "default", repository).build()));
  }
}
