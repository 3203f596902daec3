package org.tfmot.gate.maven;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.maven.execution.MavenSession;
import org.apache.maven.plugin.AbstractMojo;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.Parameter;
import org.apache.maven.project.MavenProject;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.attestation.ConvergencePredicate;
import org.tfmot.gate.claim.BenefitTable;
import org.tfmot.gate.claim.TechniqueDescriptor;
import org.tfmot.gate.engine.GateOptions;
import org.tfmot.gate.engine.GateSpec;
import org.tfmot.gate.engine.ReleasePolicy;
import org.tfmot.gate.engine.Shards;
import org.tfmot.gate.ledger.LedgerException;
import org.tfmot.gate.signature.TrustedKeys;

/**
 * Common to all goals. Those about the build act in its last module, where all others are packaged;
 * those that need no project act where they are started.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public abstract class AbstractGateMojo extends AbstractMojo {

  @Parameter(defaultValue = "${session}", readonly = true, required = true)
  protected MavenSession session;

  @Parameter(defaultValue = "${project}", readonly = true, required = true)
  protected MavenProject project;

  @Parameter(defaultValue = "${plugin.id}", readonly = true, required = true)
  protected String gate;

  /** The folder of reports and runs. */
  @Parameter(property = "gate.output", defaultValue = "${project.build.directory}/gate")
  File output;

  /**
   * The folder of the records that outlive a build: policy, trusted keys, ledger, journal; {@code
   * gate} in the project's folder, where {@code .mvn} is. The POM may name another; the command
   * line may not.
   */
  @Parameter @Nullable File records;

  /**
   * Scope of the convergence tests: {@code test} (the module's test classes) or {@code runtime}
   * (its main classes, without what is for tests only).
   */
  @Parameter(defaultValue = "test")
  String scope;

  /** Options of the JVM of each run, such as {@code -Xmx2g}. */
  @Parameter protected List<String> jvmOptions = new ArrayList<>();

  /**
   * Names of environment variables that runs may see, such as where data are; others do not reach
   * them, but for those without which no program starts.
   */
  @Parameter List<String> environmentVariables = new ArrayList<>();

  /** Convergence tests that are commands. */
  @Parameter List<GateCommand> commands = new ArrayList<>();

  /** Data sets: name to {@code sha256:} and 64 hexadecimal digits. */
  @Parameter Map<String, String> datasets = new TreeMap<>();

  /** Ends the gate at the first FAIL; else it decides all claims, for the report. */
  @Parameter(property = "gate.failFast", defaultValue = "false")
  boolean failFast;

  /** The part of the tests that is run, {@code i/n}; else the environment may name one. */
  @Parameter(property = "gate.shard")
  @Nullable String shard;

  /** Minutes after which no run is started. */
  @Parameter(property = "gate.maxMinutes")
  @Nullable Integer maxMinutes;

  /** Number of VOID runs that a claim may have, at most what the policy says. */
  @Parameter(property = "gate.maxVoids")
  @Nullable Integer maxVoids;

  /**
   * The name of the trusted key of whoever reproduces the benefits: the runs have seeds of their
   * own, and are evidence for {@code gate:reproduce} only, never for a release.
   */
  @Parameter(property = "gate.reproducer", defaultValue = "")
  protected String reproducer = "";

  /** Markdown files with tables of benefits. */
  @Parameter(property = "gate.tables")
  protected List<File> tables = new ArrayList<>();

  @Override
  public final void execute() throws MojoExecutionException, MojoFailureException {
    if (isAboutTheBuild()) {
      BuildTurn turn = new BuildTurn(session, project, gate);
      turn.requireNoPolicyOnTheCommandLine();
      if (!turn.hasCome()) {
        getLog().debug("the gate is about all modules and waits for the last one");
        return;
      }
    }
    try {
      actOrFail();
    } catch (MojoExecutionException | MojoFailureException | RuntimeException e) {
      if (isAboutTheBuild()) {
        new Reactor(session).withholdResumeAdvice(project);
      }
      throw e;
    }
  }

  private void actOrFail() throws MojoExecutionException, MojoFailureException {
    try {
      act();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MojoExecutionException("interrupted; the next gate goes on from here", e);
    } catch (NoSuchFileException e) {
      getLog().debug(e);
      throw new MojoFailureException("there is no file " + e.getMessage());
    } catch (IOException e) {
      throw new MojoExecutionException(String.valueOf(e.getMessage()), e);
    } catch (IllegalArgumentException | IllegalStateException | LedgerException e) {
      getLog().debug(e);
      throw new MojoFailureException(String.valueOf(e.getMessage()));
    }
  }

  /**
   * Returns whether the goal is about the modules of this build, and so acts once, in the last of
   * them. One that needs no project acts wherever it is started: Maven calls it once, for the
   * folder's own POM, and it must never end in success without having done its work.
   */
  protected boolean isAboutTheBuild() {
    return true;
  }

  /**
   * Does what the goal is for.
   *
   * @throws IllegalArgumentException if a value is wrong: the build fails with its message
   * @throws IllegalStateException if what is there is not as it has to be: the same
   */
  protected abstract void act() throws IOException, InterruptedException, MojoFailureException;

  protected final Path outputFolder() {
    return output.toPath().toAbsolutePath();
  }

  protected final Path recordsFolder() {
    if (records != null) {
      return records.toPath().toAbsolutePath().normalize();
    }
    File basedir = session.getTopLevelProject().getBasedir();
    return ProjectFolder.of(
            basedir == null ? Path.of(session.getExecutionRootDirectory()) : basedir.toPath())
        .resolve("gate");
  }

  protected final Path record(String name) {
    return recordsFolder().resolve(name);
  }

  protected final Path ledgerFile() {
    return record("ledger.jsonl");
  }

  /** The project's policy, as tight as the command line makes it. */
  protected final ReleasePolicy policy() throws IOException {
    ReleasePolicy policy = ReleasePolicy.read(record(ReleasePolicy.FILE));
    return maxVoids == null ? policy : policy.withMaxVoids(maxVoids);
  }

  /** The folder that relative paths of a project are meant from. */
  protected final Path root() {
    return session.getTopLevelProject().getBasedir().toPath().toAbsolutePath();
  }

  /** A path of the command line: relative ones are meant from where Maven was started. */
  protected final Path file(String name) {
    Path path = Path.of(name);
    return path.isAbsolute()
        ? path
        : Path.of(session.getExecutionRootDirectory()).resolve(path).normalize();
  }

  /** Returns the options of the gate; a goal that has keys says whose runs count. */
  protected GateOptions options() throws IOException {
    return new GateOptions(
            failFast,
            shard == null
                ? Shards.fromEnvironment(System.getenv()).orElse(GateOptions.STANDARD.shard())
                : Shards.parse(shard),
            maxMinutes == null ? null : Duration.ofMinutes(maxMinutes),
            policy())
        .withLastRelease(lastRelease());
  }

  /** Returns what was attested last; null before the first release. */
  protected @Nullable ConvergencePredicate lastRelease() throws IOException {
    Path keys = record("trusted-keys.json");
    TrustedKeys trusted = Files.exists(keys) ? TrustedKeys.read(keys) : new TrustedKeys(List.of());
    return LastRelease.read(record(LastRelease.FILE), trusted)
        .map(LastRelease::attested)
        .orElse(null);
  }

  /**
   * The same text with commands that run here: this build's profiles, and the plugin by its
   * coordinates, for its prefix is known only where the top project has it.
   */
  protected final String runnable(String text) {
    List<String> profiles = session.getRequest().getActiveProfiles();
    String maven = profiles.isEmpty() ? "mvn " : "mvn -P" + String.join(",", profiles) + " ";
    return text.replace("mvn package gate:", maven + "package " + gate + ":")
        .replace("mvn -Prelease-gate clean verify", maven + "verify");
  }

  /** The class path of this module's convergence tests. */
  protected final TestClasspath classpath() throws IOException {
    return TestClasspath.of(project, scope, outputFolder());
  }

  /**
   * Returns all that the gate decides about: the packaged build.
   *
   * @throws IllegalStateException if a module is left out, or not packaged, or none states a claim
   */
  protected final GateSpec spec() throws IOException, InterruptedException {
    new Reactor(session).requireComplete();
    return specBuilder().build(classpath(), reproducer, ledgerFile(), options());
  }

  /** Returns the files that the commands can read, and so are evidence about. */
  protected final Set<Path> commandFiles() throws IOException {
    return specBuilder().commandFiles();
  }

  private SpecBuilder specBuilder() {
    return new SpecBuilder(
        session,
        project,
        recordsFolder(),
        outputFolder(),
        jvmOptions,
        environmentVariables,
        commands,
        datasets);
  }

  /**
   * Refuses tables of benefits that say something else than the claims.
   *
   * @throws IllegalStateException naming file and line
   */
  protected final void requireTrueTables(List<TechniqueDescriptor> techniques) throws IOException {
    if (tables.isEmpty()) {
      return;
    }
    List<Path> files = tables.stream().map(File::toPath).toList();
    List<String> problems = BenefitTable.check(files, techniques, Map.of());
    if (!problems.isEmpty()) {
      throw new IllegalStateException(
          "%s%ngate:tables rewrites the tables".formatted(String.join("\n", problems)));
    }
  }
}
