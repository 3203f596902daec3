package org.tfmot.gate.maven;

import java.io.File;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import org.apache.maven.execution.MavenSession;
import org.apache.maven.plugin.AbstractMojo;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.Parameter;
import org.apache.maven.project.MavenProject;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.claim.BenefitTable;
import org.tfmot.gate.claim.Descriptors;
import org.tfmot.gate.claim.TechniqueDescriptor;
import org.tfmot.gate.engine.GateOptions;
import org.tfmot.gate.engine.GateSpec;
import org.tfmot.gate.engine.GateTest;
import org.tfmot.gate.engine.Shards;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.LedgerException;
import org.tfmot.gate.run.ConvergenceTests;
import org.tfmot.gate.run.JvmRunner;
import org.tfmot.gate.statistics.FalseBlockBudget;

/** What all goals have in common. They act in the last module of a build and nowhere else. */
abstract class AbstractGateMojo extends AbstractMojo {

  @Parameter(defaultValue = "${session}", readonly = true, required = true)
  MavenSession session;

  @Parameter(defaultValue = "${project}", readonly = true, required = true)
  MavenProject project;

  @Parameter(defaultValue = "${plugin.id}", readonly = true, required = true)
  String gate;

  /** The folder of reports and runs. */
  @Parameter(property = "gate.output", defaultValue = "${project.build.directory}/gate")
  File output;

  /** The folder of the records that outlive a build: ledger, journal, trusted keys. */
  @Parameter(property = "gate.records", defaultValue = "${maven.multiModuleProjectDirectory}/gate")
  File records;

  /** The file with the evidence; {@code ledger.jsonl} in the records. */
  @Parameter(property = "gate.ledger")
  @Nullable String ledger;

  /**
   * Where convergence tests are: {@code test} (the module's test classes) or {@code runtime} (its
   * main classes, without what is for tests only).
   */
  @Parameter(property = "gate.scope", defaultValue = "test")
  String scope;

  /** Options of the JVM of each run, such as {@code -Xmx2g}. */
  @Parameter List<String> jvmOptions = new ArrayList<>();

  /** Convergence tests that are commands. */
  @Parameter List<GateCommand> commands = new ArrayList<>();

  /** Data sets: name to {@code sha256:} and 64 hexadecimal digits. */
  @Parameter Map<String, String> datasets = new TreeMap<>();

  /** Whether the first FAIL ends the gate; else it decides all claims, for the report. */
  @Parameter(property = "gate.failFast", defaultValue = "false")
  boolean failFast;

  /** The part of the tests that is run, {@code i/n}; else the environment may name one. */
  @Parameter(property = "gate.shard")
  @Nullable String shard;

  /** Minutes after which no run is started. */
  @Parameter(property = "gate.maxMinutes")
  @Nullable Integer maxMinutes;

  /** How many VOID runs a claim may have. */
  @Parameter(property = "gate.maxVoids", defaultValue = "5")
  int maxVoids;

  /**
   * The name of the trusted key of whoever reproduces the benefits: the runs have seeds of their
   * own, and are evidence for {@code gate:reproduce} only, never for a release.
   */
  @Parameter(property = "gate.reproducer", defaultValue = "")
  String reproducer = "";

  /** Markdown files with tables of benefits. */
  @Parameter(property = "gate.tables")
  List<File> tables = new ArrayList<>();

  /** The probability that a healthy release is blocked, over all claims. */
  @Parameter(property = "gate.falseBlockBudget", defaultValue = "0.05")
  double falseBlockBudget;

  @Override
  public final void execute() throws MojoExecutionException, MojoFailureException {
    Reactor reactor = new Reactor(session);
    if (!reactor.isLast(project)) {
      if (Reactor.has(project, gate) && !Reactor.has(reactor.last(), gate)) {
        throw new MojoFailureException(
            ("the gate is in %s, and the last module of this build is %s, which does not have it:"
                    + " the gate is about all modules, move it to the last one")
                .formatted(project.getArtifactId(), reactor.last().getArtifactId()));
      }
      getLog().debug("the gate is about all modules and waits for the last one");
      return;
    }
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
   * Does what the goal is for.
   *
   * @throws IllegalArgumentException if a value is wrong: the build fails with its message
   * @throws IllegalStateException if what is there is not as it has to be: the same
   */
  abstract void act() throws IOException, InterruptedException, MojoFailureException;

  final Path outputFolder() {
    return output.toPath().toAbsolutePath();
  }

  final Path record(String name) {
    return records.toPath().toAbsolutePath().normalize().resolve(name);
  }

  final Path ledgerFile() {
    return ledger == null ? record("ledger.jsonl") : file(ledger);
  }

  /** The folder that relative paths of a project are meant from. */
  final Path root() {
    return session.getTopLevelProject().getBasedir().toPath().toAbsolutePath();
  }

  /** A path of the command line: relative ones are meant from where Maven was started. */
  final Path file(String name) {
    Path path = Path.of(name);
    return path.isAbsolute()
        ? path
        : Path.of(session.getExecutionRootDirectory()).resolve(path).normalize();
  }

  final GateOptions options() {
    return new GateOptions(
        failFast,
        shard == null
            ? Shards.fromEnvironment(System.getenv()).orElse(GateOptions.STANDARD.shard())
            : Shards.parse(shard),
        maxMinutes == null ? null : Duration.ofMinutes(maxMinutes),
        maxVoids,
        new FalseBlockBudget(falseBlockBudget));
  }

  /**
   * The same text with commands that run here: this build's profiles, and the plugin by its
   * coordinates, for its prefix is known only where the top project has it.
   */
  final String runnable(String text) {
    List<String> profiles = session.getRequest().getActiveProfiles();
    String maven = profiles.isEmpty() ? "mvn " : "mvn -P" + String.join(",", profiles) + " ";
    return text.replace("mvn package gate:", maven + "package " + gate + ":")
        .replace("mvn -Prelease-gate clean verify", maven + "verify");
  }

  /** The class path of this module's convergence tests. */
  final TestClasspath classpath() throws IOException {
    return TestClasspath.of(project, scope, outputFolder());
  }

  /** All that the gate decides about: the packaged build. */
  final GateSpec spec() throws IOException, InterruptedException {
    Reactor reactor = new Reactor(session);
    reactor.requireComplete();
    SortedMap<String, Digest> subjects = new TreeMap<>();
    for (Map.Entry<String, Path> jar : reactor.jars().entrySet()) {
      subjects.put(jar.getKey(), Digest.of(jar.getValue()));
    }
    TestClasspath classpath = classpath();
    SortedMap<String, Digest> data = new TreeMap<>();
    datasets.forEach((name, digest) -> data.put(name, new Digest(digest)));
    List<TechniqueDescriptor> techniques = Descriptors.find(classpath.files());
    if (techniques.isEmpty()) {
      throw new IllegalStateException(
          "no jar of %s states a claim: a technique's descriptor is %s<technique>.json in its jar"
              .formatted(project.getArtifactId(), Descriptors.FOLDER));
    }
    return new GateSpec(
        techniques,
        tests(classpath),
        subjects,
        classpath.lock().digest(),
        data,
        hardware(),
        reproducer,
        ledgerFile(),
        outputFolder(),
        options());
  }

  /**
   * Refuses tables of benefits that say something else than the claims.
   *
   * @throws IllegalStateException naming file and line
   */
  final void requireTrueTables(List<TechniqueDescriptor> techniques) throws IOException {
    if (tables.isEmpty()) {
      return;
    }
    List<Path> files = tables.stream().map(File::toPath).toList();
    List<String> problems = BenefitTable.check(files, techniques, Map.of());
    if (!problems.isEmpty()) {
      throw new IllegalStateException(
          "%s%ngate:tables writes the tables anew".formatted(String.join("\n", problems)));
    }
  }

  private List<GateTest> tests(TestClasspath classpath) throws IOException, InterruptedException {
    List<GateTest> tests = new ArrayList<>();
    if (classpath.canHoldTests()) {
      Digest example = Digest.of(classpath.tests());
      JvmRunner runner = new JvmRunner(classpath.files(), jvmOptions);
      SortedMap<String, SortedSet<String>> found =
          ConvergenceTests.find(classpath.files(), List.of(classpath.tests()));
      found.forEach((name, claims) -> tests.add(new GateTest(name, claims, example, runner)));
    }
    for (GateCommand command : commands) {
      tests.add(command.test(project.getBasedir().toPath()));
    }
    return tests;
  }

  private static String hardware() {
    String system = Objects.toString(System.getProperty("os.name"), "").replaceAll("\\s.*", "");
    return (system + "-" + System.getProperty("os.arch")).toLowerCase(Locale.ROOT);
  }
}
