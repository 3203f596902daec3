package org.tfmot.gate.engine;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.tfmot.gate.claim.Claim;
import org.tfmot.gate.claim.Direction;
import org.tfmot.gate.claim.Kind;
import org.tfmot.gate.claim.Limits;
import org.tfmot.gate.claim.Owner;
import org.tfmot.gate.claim.PlacementDecision;
import org.tfmot.gate.claim.Target;
import org.tfmot.gate.claim.TechniqueDescriptor;
import org.tfmot.gate.json.Digest;

/** A technique with three claims, two of one test, and the spec of its gate. */
public final class Toy {

  /** Accuracy of technique minus base: documented as no loss, one point is allowed. */
  public static final String ACCURACY = "pruning/toy/accuracy";

  /** The share of zeros, 80 %: of the same test. */
  public static final String ZEROS = "pruning/toy/zeros";

  /** Reaches 90 % by step 1000. */
  public static final String REACHES = "pruning/toy/reaches";

  static final String TRAINING = "org.example.ToyTest#pruned";
  static final String COMMAND = "train-toy";

  double floor = -0.01;
  Limits limits = new Limits(5, 40, 4);
  List<Double> calibration = List.of(0.002, -0.002, 0.002, -0.002, 0.002, -0.002, 0.002, -0.002);
  String jar = "jar";
  String reproducer = "";
  GateOptions options = GateOptions.STANDARD;

  /** Runs both tests. As it begins, the technique is healthy. */
  public FakeRunner runner = healthy();

  private final Path folder;

  /** A toy with ledger and output in a folder. */
  public Toy(Path folder) {
    this.folder = folder;
  }

  static FakeRunner healthy() {
    return runner(0, 0.8);
  }

  /** A technique with a mean difference of accuracy and a share of zeros. */
  public static FakeRunner runner(double difference, double zeros) {
    return new FakeRunner()
        .normal("accuracy_difference", difference, 0.002)
        .normal("accuracy", 0.92, 0.002)
        .with("zeros", random -> zeros);
  }

  Claim accuracy() {
    return new Claim(
        ACCURACY,
        "accuracy_difference",
        Direction.HIGHER_IS_BETTER,
        Kind.PAIRED,
        0,
        floor,
        0.05,
        limits,
        null,
        1e-4,
        -1,
        calibration,
        TRAINING,
        "docs/rfc/pruning.md",
        null,
        null);
  }

  static Claim zeros() {
    return new Claim(
        ZEROS,
        "zeros",
        Direction.HIGHER_IS_BETTER,
        Kind.EXACT,
        0.8,
        0.79,
        0.05,
        new Limits(1, 1, 4),
        null,
        0,
        0,
        List.of(),
        TRAINING,
        "docs/rfc/pruning.md",
        null,
        null);
  }

  static Claim reaches() {
    return new Claim(
        REACHES,
        "accuracy",
        Direction.HIGHER_IS_BETTER,
        Kind.RELIABILITY,
        0.95,
        0.5,
        0.05,
        new Limits(1, 20, 2),
        new Target(0.9, 1000, 0.5, 0.95),
        0.001,
        0,
        List.of(),
        COMMAND,
        "docs/rfc/pruning.md",
        null,
        null);
  }

  static TechniqueDescriptor descriptor(String technique, List<Claim> claims) {
    return new TechniqueDescriptor(
        1,
        technique,
        "Pruning",
        List.of(
            new Owner("ada", "ada@example.org", true), new Owner("bob", "bob@example.org", false)),
        "docs/rfc/pruning.md",
        PlacementDecision.FORK,
        List.of(),
        claims);
  }

  List<TechniqueDescriptor> techniques() {
    return List.of(descriptor("pruning", List.of(accuracy(), zeros(), reaches())));
  }

  static GateTest test(String name, FakeRunner runner, String... claims) {
    return new GateTest(name, new TreeSet<>(Set.of(claims)), digest(name), runner);
  }

  static Digest digest(String text) {
    return Digest.of(text.getBytes(StandardCharsets.UTF_8));
  }

  SortedMap<String, Digest> subjects() {
    SortedMap<String, Digest> subjects = new TreeMap<>();
    subjects.put("toy.jar", digest(jar));
    return subjects;
  }

  /** The spec as it is now. */
  public GateSpec spec() {
    return spec(
        techniques(),
        List.of(test(TRAINING, runner, ACCURACY, ZEROS), test(COMMAND, runner, REACHES)));
  }

  GateSpec spec(List<TechniqueDescriptor> techniques, List<GateTest> tests) {
    SortedMap<String, Digest> datasets = new TreeMap<>();
    datasets.put("toys", digest("toys"));
    return new GateSpec(
        techniques,
        new ArrayList<>(tests),
        subjects(),
        digest("lock"),
        datasets,
        "linux-x86_64",
        reproducer,
        folder.resolve("ledger.jsonl"),
        folder.resolve("out"),
        options);
  }

  GateResult gate() throws Exception {
    return new Gate(spec()).run(GateListener.NONE);
  }

  static ClaimVerdict verdict(GateResult result, String id) {
    return result.verdicts().stream().filter(v -> v.id().equals(id)).findFirst().orElseThrow();
  }
}
