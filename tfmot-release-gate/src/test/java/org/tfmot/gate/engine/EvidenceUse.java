package org.tfmot.gate.engine;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.claim.Claim;
import org.tfmot.gate.claim.Descriptors;
import org.tfmot.gate.claim.TechniqueDescriptor;
import org.tfmot.gate.dependency.BuildContent;
import org.tfmot.gate.dependency.Dependencies;
import org.tfmot.gate.dependency.LoadedClasses;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.Ledger;
import org.tfmot.gate.ledger.LedgerRecord;
import org.tfmot.gate.ledger.LedgerRecord.RunFinished;
import org.tfmot.gate.ledger.LedgerRecord.RunStarted;
import org.tfmot.gate.run.JvmRunner;
import org.tfmot.gate.run.RunRequest;
import org.tfmot.gate.run.RunResult;

/**
 * Minutes of training that a history of builds asks for: by keys of whole files, and by what the
 * runs loaded. Whenever the evidence of a test falls, the test is run once on the build at hand,
 * and what its JVM loads is compared with the builds that follow.
 *
 * <p>Arguments: a folder with a folder for each build, in order, with the jars of its modules; the
 * class path of everything else; the ledger with the times of runs; a folder for the runs.
 */
public final class EvidenceUse {

  private final List<Path> others;
  private final Path runs;
  private final Map<String, Double> minutes;
  private final Map<String, Dependencies> evidence = new HashMap<>();

  private EvidenceUse(List<Path> others, Path runs, Map<String, Double> minutes) {
    this.others = others;
    this.runs = runs;
    this.minutes = minutes;
  }

  public static void main(String[] args) throws Exception {
    List<Path> builds = list(Path.of(args[0]));
    List<Path> others =
        Stream.of(args[1].split(File.pathSeparator, -1))
            .map(Path::of)
            .filter(Files::exists)
            .toList();
    List<TechniqueDescriptor> techniques = Descriptors.find(list(builds.get(builds.size() - 1)));
    EvidenceUse use =
        new EvidenceUse(others, Path.of(args[3]), minutes(Path.of(args[2]), techniques));
    use.print(builds, techniques);
  }

  private void print(List<Path> builds, List<TechniqueDescriptor> techniques) throws Exception {
    Map<String, Digest> before = Map.of();
    double whole = 0;
    double loaded = 0;
    for (Path build : builds) {
      Map<String, Digest> now = entries(build);
      double all = minutes.values().stream().mapToDouble(Double::doubleValue).sum();
      double old = now.equals(before) ? 0 : all;
      List<String> fallen = now.equals(before) ? List.of() : fallen(build, techniques);
      double young = fallen.stream().mapToDouble(minutes::get).sum();
      if (!before.isEmpty()) {
        whole += old;
        loaded += young;
        System.out.printf(
            Locale.ROOT, "| %s | %.0f | %.0f | %s |%n", build.getFileName(), old, young, fallen);
      }
      before = now;
    }
    System.out.printf(Locale.ROOT, "| together | %.0f | %.0f | |%n", whole, loaded);
  }

  /** Returns the tests whose evidence falls with a build, and records what they load there. */
  private List<String> fallen(Path build, List<TechniqueDescriptor> techniques) throws Exception {
    List<BuildContent.Place> places = new ArrayList<>();
    for (Path jar : list(build)) {
      places.add(new BuildContent.Place("g:" + jar.getFileName(), jar, true));
    }
    BuildContent content = BuildContent.of(places);
    others.forEach(jar -> places.add(new BuildContent.Place("x:" + jar, jar, false)));
    BuildContent all = BuildContent.of(places);
    List<String> fallen = new ArrayList<>();
    for (String test : minutes.keySet()) {
      Dependencies run = evidence.get(test);
      List<String> changes =
          run == null ? List.of("it has no run yet") : run.changes(content, new TreeMap<>());
      if (!changes.isEmpty()) {
        System.err.println(build.getFileName() + " " + test + ": " + Sentences.list(changes));
        evidence.put(test, record(build, test, places, all, techniques));
        fallen.add(test);
      }
    }
    return fallen;
  }

  private Dependencies record(
      Path build,
      String test,
      List<BuildContent.Place> places,
      BuildContent content,
      List<TechniqueDescriptor> techniques)
      throws Exception {
    Path folder = runs.resolve(build.getFileName() + "-" + test.replaceAll("[^A-Za-z0-9]", "_"));
    RunResult result =
        new JvmRunner(places.stream().map(BuildContent.Place::file).toList(), List.of("-Xmx2g"))
            .run(
                new RunRequest(
                    test, 1, folder, new TreeSet<>(Set.of("top1")), Duration.ofMinutes(30)));
    System.err.println("  " + result.status() + " " + result.cause());
    Set<String> own = new HashSet<>();
    techniques.stream()
        .filter(t -> t.claims().stream().map(Claim::test).anyMatch(test::equals))
        .forEach(t -> own.add(t.technique()));
    Dependencies run = Dependencies.of(orUnknown(result.loaded()), content, own, new TreeMap<>());
    if (run.whole() != null) {
      throw new IllegalStateException(folder + ": " + run.whole());
    }
    return run;
  }

  private static LoadedClasses orUnknown(@Nullable LoadedClasses classes) {
    return classes == null ? LoadedClasses.unknown("no JVM") : classes;
  }

  /** Minutes that the newest runs of each test took together. */
  private static Map<String, Double> minutes(Path file, List<TechniqueDescriptor> techniques)
      throws IOException {
    Map<String, String> tests = new HashMap<>();
    techniques.forEach(t -> t.claims().forEach(claim -> tests.put(claim.id(), claim.test())));
    Map<Digest, String> keys = new HashMap<>();
    Map<String, Digest> newest = new TreeMap<>();
    Map<Digest, Double> minutes = new HashMap<>();
    for (LedgerRecord line : Ledger.read(file).records()) {
      if (line instanceof RunStarted start) {
        String test = tests.get(start.claimIds().first());
        keys.put(start.key(), test);
        newest.put(test, start.key());
      } else if (line instanceof RunFinished end) {
        minutes.merge(end.key(), end.seconds() / 60, Double::sum);
      }
    }
    Map<String, Double> found = new TreeMap<>();
    newest.forEach((test, key) -> found.put(test, minutes.getOrDefault(key, 0.0)));
    return found;
  }

  /** The files in all jars of a build, as they are: equal for jars that are built reproducibly. */
  private static Map<String, Digest> entries(Path build) throws IOException {
    Map<String, Digest> entries = new TreeMap<>();
    for (Path file : list(build)) {
      try (JarFile jar = new JarFile(file.toFile())) {
        for (JarEntry entry : jar.stream().filter(e -> !e.isDirectory()).toList()) {
          try (InputStream in = jar.getInputStream(entry)) {
            entries.put(file.getFileName() + "!" + entry.getName(), Digest.of(in.readAllBytes()));
          }
        }
      }
    }
    return entries;
  }

  private static List<Path> list(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }
}
