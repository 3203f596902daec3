package org.tfmot.gate.maven.release;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import javax.inject.Inject;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.apache.maven.plugins.annotations.ResolutionScope;
import org.apache.maven.project.MavenProject;
import org.apache.maven.project.MavenProjectHelper;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.attestation.Attestation;
import org.tfmot.gate.attestation.ConvergencePredicate;
import org.tfmot.gate.attestation.Subject;
import org.tfmot.gate.claim.TechniqueDescriptor;
import org.tfmot.gate.dependency.DependencyStore;
import org.tfmot.gate.engine.Gate;
import org.tfmot.gate.engine.GateResult;
import org.tfmot.gate.engine.GateSpec;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.HashChain.Head;
import org.tfmot.gate.maven.AbstractProcessMojo;
import org.tfmot.gate.maven.ChildMaven;
import org.tfmot.gate.maven.Git;
import org.tfmot.gate.maven.LastRelease;
import org.tfmot.gate.maven.Reactor;
import org.tfmot.gate.maven.ReleaseHistory;
import org.tfmot.gate.process.Journal;
import org.tfmot.gate.process.ProcessStatus;
import org.tfmot.gate.signature.SigningKey;

/**
 * Signs what the gate found about the very files that will be uploaded, and attaches the
 * attestation to every module and the ledger to the last one. Without a key it does nothing: then
 * nothing can be published.
 */
@API(status = API.Status.INTERNAL, since = "0.1.0")
@Mojo(
    name = "attest",
    defaultPhase = LifecyclePhase.VERIFY,
    requiresDependencyResolution = ResolutionScope.TEST,
    threadSafe = true)
public final class AttestMojo extends AbstractProcessMojo {

  private static final Duration LIMIT = Duration.ofHours(1);

  /** Goal that a profile binds: with anything but {@code run} nothing is attested. */
  @Parameter(property = "gate.goal", defaultValue = "run")
  String goal = "run";

  /** Asks for the process also where the policy does not. */
  @Parameter boolean requireProcess;

  private final MavenProjectHelper helper;

  @Inject
  AttestMojo(MavenProjectHelper helper) {
    this.helper = helper;
  }

  @Override
  protected boolean isForRelease() {
    return true;
  }

  @Override
  protected void act() throws IOException, InterruptedException {
    if (key == null) {
      getLog()
          .info("not attested: no key is named (-Dgate.key=<name>.pem), nothing can be published");
      return;
    }
    SigningKey secret = signingKey();
    if (!goal.equals("run")) {
      getLog().info("not attested: this build does not run the gate, its goal is " + goal);
      return;
    }
    if (!reproducer.isEmpty()) {
      throw new IllegalStateException(
          "not attested: the runs of %s are for gate:reproduce; release without -Dgate.reproducer"
              .formatted(reproducer));
    }
    GateSpec spec = spec();
    requireTrueTables(spec.techniques());
    requireContinuedLedger(Objects.requireNonNull(spec.options().runners()));
    GateResult result = new Gate(spec).status();
    if (!result.released()) {
      throw new IllegalStateException(
          "not attested, for the release is BLOCKED:\n  " + String.join("\n  ", result.problems()));
    }
    requireProcess(spec);
    new ReleaseHistory(new Git(root()), recordsFolder())
        .require(
            LastRelease.read(record(LastRelease.FILE), keys())
                .map(LastRelease::commit)
                .orElse(null));
    Reactor reactor = new Reactor(session);
    SortedMap<String, Path> built = reactor.files();
    new ReleaseContent(built).requireSeen(classpath().files());
    requireWhatTheCommitBuilds(built);
    new SourceFolders(new Git(root()).root()).require(reactor.projects());
    new ClassPathOrder(reactor.jars()).require(classpath().files());
    Path evidence = outputFolder().resolve("gate-ledger.jsonl");
    Files.createDirectories(outputFolder());
    Files.copy(spec.ledger(), evidence, StandardCopyOption.REPLACE_EXISTING);
    helper.attachArtifact(
        project, ReleaseFiles.LEDGER_TYPE, ReleaseFiles.LEDGER_CLASSIFIER, evidence.toFile());
    Path dependencies = DependencyStore.file(spec.ledger());
    if (Files.exists(dependencies)) {
      Path copy = outputFolder().resolve("gate-dependencies.jsonl");
      Files.copy(dependencies, copy, StandardCopyOption.REPLACE_EXISTING);
      helper.attachArtifact(
          project, ReleaseFiles.LEDGER_TYPE, ReleaseFiles.DEPENDENCIES_CLASSIFIER, copy.toFile());
    }
    List<Subject> subjects = new ArrayList<>();
    for (Map.Entry<String, Path> file : reactor.files().entrySet()) {
      subjects.add(Subject.of(file.getKey(), Digest.of(file.getValue())));
    }
    Path attestation = outputFolder().resolve("gate.intoto.jsonl");
    Attestation.sign(subjects, predicate(result, new Gate(spec).triesSince()), secret)
        .write(attestation);
    for (MavenProject module : reactor.projects()) {
      helper.attachArtifact(
          module,
          ReleaseFiles.ATTESTATION_TYPE,
          ReleaseFiles.ATTESTATION_CLASSIFIER,
          attestation.toFile());
    }
    getLog().info("attested %d files: %s".formatted(subjects.size(), attestation));
  }

  /** Everything but signatures, which no build makes twice. */
  private void requireWhatTheCommitBuilds(SortedMap<String, Path> built)
      throws IOException, InterruptedException {
    SortedMap<String, Path> files = new TreeMap<>(built);
    files.keySet().removeIf(name -> ReleaseContent.isSignature(name, built.keySet()));
    Path pom = session.getTopLevelProject().getFile().toPath();
    new CleanBuild(
            new Git(root()),
            ChildMaven.like(session, LIMIT).alone(),
            outputFolder().resolve("clean-build.log"),
            new ReleaseHistory(new Git(root()), recordsFolder()),
            commandFiles())
        .requireSame(pom, session.getRequest().getActiveProfiles(), files, testClasses());
  }

  /** The folder of the test classes; null where tests are among the main ones. */
  private @Nullable Path testClasses() {
    Path folder = Path.of(project.getBuild().getTestOutputDirectory());
    return Files.isDirectory(folder) ? folder : null;
  }

  private void requireProcess(GateSpec spec) throws IOException, InterruptedException {
    if (!requireProcess && !policy().requireProcess()) {
      return;
    }
    Journal journal = journal();
    for (TechniqueDescriptor technique : spec.techniques()) {
      ProcessStatus status = ProcessStatus.of(journal, candidate(technique, spec));
      if (!status.releasable()) {
        throw new IllegalStateException(
            "not attested: the policy asks for the process, and it is not through: " + status);
      }
    }
  }

  private ConvergencePredicate predicate(GateResult result, @Nullable Long triesSince)
      throws IOException, InterruptedException {
    @Nullable Head steps = Files.exists(record("journal.jsonl")) ? journal().head() : null;
    return new ConvergencePredicate(
        gate,
        Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
        new Git(root()).head(),
        result.claimsDigests(),
        result.inputs(),
        result.ledger(),
        steps,
        result.attested(),
        triesSince);
  }
}
