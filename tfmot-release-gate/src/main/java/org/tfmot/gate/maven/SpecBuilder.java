package org.tfmot.gate.maven;

import static java.util.stream.Collectors.joining;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.maven.execution.MavenSession;
import org.apache.maven.project.MavenProject;
import org.tfmot.gate.claim.Descriptors;
import org.tfmot.gate.claim.TechniqueDescriptor;
import org.tfmot.gate.engine.GateOptions;
import org.tfmot.gate.engine.GateSpec;
import org.tfmot.gate.engine.GateTest;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.run.CommandRunner;
import org.tfmot.gate.run.ConvergenceTests;
import org.tfmot.gate.run.JvmRunner;
import org.tfmot.gate.run.OwnJava;
import org.tfmot.gate.run.RunEnvironment;

/**
 * Collects from a packaged build all that the gate decides about.
 *
 * @param session the build
 * @param project the module with the convergence tests
 * @param records the folder of the gate's records
 * @param output the folder of reports and runs
 * @param jvmOptions options of the JVM of each run
 * @param environmentVariables names of the variables that runs may see
 * @param commands convergence tests that are commands
 * @param datasets name to digest
 */
record SpecBuilder(
    MavenSession session,
    MavenProject project,
    Path records,
    Path output,
    List<String> jvmOptions,
    List<String> environmentVariables,
    List<GateCommand> commands,
    Map<String, String> datasets) {

  /**
   * Returns the specification of the gate.
   *
   * @param classpath of the convergence tests
   * @param reproducer whoever reproduces the benefits; empty for a release
   * @param ledger the file of the ledger
   * @throws IllegalStateException if the build is not complete, not packaged, or states no claim
   */
  GateSpec build(TestClasspath classpath, String reproducer, Path ledger, GateOptions options)
      throws IOException, InterruptedException {
    SortedMap<String, Digest> data = new TreeMap<>();
    datasets.forEach((name, digest) -> data.put(name, new Digest(digest)));
    GateSpec spec =
        new GateSpec(
            techniques(classpath),
            tests(classpath),
            subjects(),
            classpath.lock().digest(),
            data,
            OwnJava.machine(),
            reproducer,
            ledger,
            output,
            options);
    return spec.with(
        new BuildConditions(
                classpath,
                new Reactor(session).modules(),
                jvmOptions,
                RunEnvironment.named(environmentVariables))
            .build());
  }

  private SortedMap<String, Digest> subjects() throws IOException {
    SortedMap<String, Digest> subjects = new TreeMap<>();
    for (Map.Entry<String, Path> jar : new Reactor(session).jars().entrySet()) {
      subjects.put(jar.getKey(), Digest.of(jar.getValue()));
    }
    return subjects;
  }

  private List<TechniqueDescriptor> techniques(TestClasspath classpath) throws IOException {
    List<TechniqueDescriptor> techniques = Descriptors.find(classpath.files());
    if (techniques.isEmpty()) {
      throw new IllegalStateException(
          "no jar of %s states a claim: a technique's descriptor is %s<technique>.json in its jar"
              .formatted(project.getArtifactId(), Descriptors.FOLDER));
    }
    return techniques;
  }

  private List<GateTest> tests(TestClasspath classpath) throws IOException, InterruptedException {
    List<GateTest> tests = new ArrayList<>();
    Map<String, String> environment = RunEnvironment.named(environmentVariables);
    if (classpath.canHoldTests()) {
      Digest example = Digest.of(classpath.tests());
      JvmRunner runner = new JvmRunner(classpath.files(), jvmOptions, environment);
      SortedMap<String, SortedSet<String>> found =
          ConvergenceTests.find(classpath.files(), List.of(classpath.tests()));
      found.forEach((name, claims) -> tests.add(new GateTest(name, claims, example, runner)));
    }
    Map<String, String> jars = new TreeMap<>(environment);
    jars.put(
        CommandRunner.CLASSPATH,
        classpath.files().stream().map(Path::toString).collect(joining(File.pathSeparator)));
    for (GateCommand command : commands) {
      tests.add(command.test(project.getBasedir().toPath(), commandTree(), jars));
    }
    return tests;
  }

  /** Returns the files that the commands can read; empty without commands. */
  Set<Path> commandFiles() throws IOException {
    Set<Path> files = new TreeSet<>();
    if (!commands.isEmpty()) {
      CommandTree tree = commandTree();
      tree.digests().keySet().forEach(name -> files.add(tree.root().resolve(name)));
    }
    return files;
  }

  private CommandTree commandTree() {
    Path own = project.getBasedir().toPath().toAbsolutePath().normalize();
    Set<Path> without = new HashSet<>(Set.of(records, output));
    for (MavenProject module : new Reactor(session).projects()) {
      Path folder = module.getBasedir().toPath().toAbsolutePath().normalize();
      if (!own.startsWith(folder)) {
        without.add(folder);
      }
    }
    return new CommandTree(
        ProjectFolder.of(session.getTopLevelProject().getBasedir().toPath().toAbsolutePath()),
        without);
  }
}
