package org.tfmot.gate.maven.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import javax.inject.Inject;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.apache.maven.plugins.annotations.ResolutionScope;
import org.apiguardian.api.API;
import org.eclipse.aether.RepositorySystem;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.engine.GateSpec;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.maven.AbstractProcessMojo;
import org.tfmot.gate.maven.ChildMaven;
import org.tfmot.gate.maven.GoalArguments;
import org.tfmot.gate.maven.Signer;
import org.tfmot.gate.process.BumpResult;
import org.tfmot.gate.process.Candidate;
import org.tfmot.gate.process.Journal;
import org.tfmot.gate.process.MinimumVersionBump;
import org.tfmot.gate.process.ProcessEvent;
import org.tfmot.gate.process.ProcessStatus;
import org.tfmot.gate.process.SignedEvent;

/**
 * Raises the minimum version of a dependency in a consumer's POM, after its example held on exactly
 * that version and on the newest one in range. Prints the change and records it.
 */
@API(status = API.Status.INTERNAL, since = "0.1.0")
@Mojo(name = "bump", requiresDependencyResolution = ResolutionScope.TEST, threadSafe = true)
public final class BumpMojo extends AbstractProcessMojo {

  /** The technique that the version has. */
  @Parameter(property = "gate.technique")
  @Nullable String technique;

  /** The consumer's POM. */
  @Parameter(property = "gate.pom")
  @Nullable String pom;

  /**
   * Folder that is copied to try it; by default the folder of the POM. A parent POM has to be in
   * it.
   */
  @Parameter(property = "gate.consumer")
  @Nullable String consumer;

  /** groupId:artifactId of the dependency. */
  @Parameter(property = "gate.dependency")
  @Nullable String dependency;

  /** The new minimum version: major.minor.patch. */
  @Parameter(property = "gate.to")
  @Nullable String to;

  /** Goals with which Maven runs the consumer's example; {version} is replaced. */
  @Parameter(property = "gate.example", defaultValue = "verify")
  String example;

  /** Minutes after which an example has failed. */
  @Parameter(property = "gate.exampleMinutes", defaultValue = "60")
  int exampleMinutes;

  private final RepositorySystem repositories;

  @Inject
  BumpMojo(RepositorySystem repositories) {
    this.repositories = repositories;
  }

  @Override
  protected void act() throws IOException, InterruptedException {
    Path file = file(GoalArguments.required(pom, "-Dgate.pom=<consumer>/pom.xml"));
    String coordinates =
        GoalArguments.required(dependency, "-Dgate.dependency=<groupId>:<artifactId>");
    String minimum = GoalArguments.required(to, "-Dgate.to=<major>.<minor>.<patch>");
    Journal journal = journal();
    GateSpec spec = spec();
    Candidate candidate = candidate(GoalArguments.technique(spec.techniques(), technique), spec);
    if (MinimumVersionBump.isRaised(file, coordinates, minimum)) {
      sayWhoRaisedIt(file, coordinates, minimum, journal, candidate);
      return;
    }
    MinimumVersionBump bump = MinimumVersionBump.of(file, coordinates, minimum);
    Signer signer = signer();
    byte[] before = Files.readAllBytes(file);
    refuseEarly(signer, journal, candidate, before);
    getLog().info("what would change:\n" + bump.diff());
    BumpResult result = bump.run(trial(bump, file));
    try {
      signer.take(
          ProcessEvent.MinimumVersionBumped.of(
              candidate.descriptor().technique(), signer.name(), result),
          candidate,
          journal);
    } catch (IOException | RuntimeException e) {
      Files.write(file, before);
      throw e;
    }
    getLog()
        .info(
            "%s: %s raised from %s to %s; the example holds on %s and on %s%s"
                .formatted(
                    file,
                    result.coordinates(),
                    result.from(),
                    result.to(),
                    result.to(),
                    result.newest(),
                    result.needed() ? "" : ", and on the old one too: the bump is a choice"));
    result.alsoAffected().forEach(other -> getLog().warn("raised with it: " + other));
    getLog().info(ProcessStatus.of(journal, candidate).toString());
  }

  private void sayWhoRaisedIt(
      Path file, String coordinates, String minimum, Journal journal, Candidate candidate) {
    ProcessEvent.MinimumVersionBumped done =
        journal
            .bump(candidate.descriptor().technique(), coordinates)
            .filter(bump -> bump.to().equals(minimum))
            .orElseThrow(
                () ->
                    new IllegalStateException(
                        ("%s asks for %s %s or later already, and the journal does not know of it:"
                                + " put the version of before back, and let gate:bump raise it, for"
                                + " it runs the example on both ends")
                            .formatted(file, coordinates, minimum)));
    getLog()
        .info(
            "nothing to do: %s was raised from %s to %s by %s"
                .formatted(coordinates, done.from(), done.to(), done.by()));
    getLog().info(ProcessStatus.of(journal, candidate).toString());
  }

  /** Refuses a bump that is not due before its example is run for hours. */
  private void refuseEarly(Signer signer, Journal journal, Candidate candidate, byte[] before) {
    String minimum = GoalArguments.required(to, "-Dgate.to");
    ProcessEvent likely =
        new ProcessEvent.MinimumVersionBumped(
            candidate.descriptor().technique(),
            signer.name(),
            GoalArguments.required(dependency, "-Dgate.dependency"),
            "0.0.0",
            minimum,
            minimum,
            Digest.of(before));
    journal.check(SignedEvent.sign(likely, signer.key()), candidate);
  }

  private MavenBumpTrial trial(MinimumVersionBump bump, Path file) {
    return new MavenBumpTrial(
        new RemoteVersions(
            repositories, session.getRepositorySession(), project.getRemoteProjectRepositories()),
        ChildMaven.like(session, Duration.ofMinutes(exampleMinutes)),
        consumer == null ? file.toAbsolutePath().resolveSibling("") : file(consumer),
        file,
        bump::pinned,
        GoalArguments.words(example),
        outputFolder().resolve("bump"));
  }
}
