package org.tfmot.gate.claim;

import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Claims and descriptors for tests. */
final class Claims {

  /** Mean 0.91, standard deviation 0.002138 (n - 1). */
  static final List<Double> RUNS = List.of(0.908, 0.912, 0.908, 0.912, 0.908, 0.912, 0.908, 0.912);

  private Claims() {}

  /** A claim under construction; sound as it begins. */
  static final class Draft {
    String id = "pruning/resnet/accuracy";
    Direction direction = Direction.HIGHER_IS_BETTER;
    Kind kind = Kind.MEAN;
    double documented = 0.91;
    double floor = 0.90;
    double alpha = 0.01;
    Limits limits = new Limits(5, 12, 4);
    @Nullable Target target;
    double resolution = 1e-4;
    double worst = 0;
    List<Double> calibration = RUNS;
    String test = "org.example.PruningTest#accuracy";
    @Nullable Double best;
    @Nullable Double minShare;

    Claim claim() {
      return new Claim(
          id,
          "accuracy",
          direction,
          kind,
          documented,
          floor,
          alpha,
          limits,
          target,
          resolution,
          worst,
          calibration,
          test,
          "docs/rfc/pruning.md",
          best,
          minShare);
    }
  }

  static Claim mean() {
    return new Draft().claim();
  }

  /** From .9 to .8 with a worst value of 0: bets on it reach 20 after 28 runs or so. */
  static void bounded(Draft draft) {
    draft.kind = Kind.BOUNDED_MEAN;
    draft.documented = 0.9;
    draft.floor = 0.8;
    draft.alpha = 0.05;
    draft.limits = new Limits(5, 60, 4);
    draft.calibration = List.of();
    draft.best = 1.0;
  }

  static Claim exact() {
    Draft draft = new Draft();
    draft.id = "pruning/resnet/size";
    draft.kind = Kind.EXACT;
    draft.direction = Direction.LOWER_IS_BETTER;
    draft.documented = 120000;
    draft.floor = 125000;
    draft.limits = new Limits(1, 1, 4);
    draft.resolution = 0;
    draft.worst = 1e9;
    draft.calibration = List.of();
    draft.test = "org.example.PruningTest#size";
    return draft.claim();
  }

  static Claim reliability() {
    Draft draft = new Draft();
    draft.id = "pruning/resnet/reaches";
    draft.kind = Kind.RELIABILITY;
    draft.documented = 0.95;
    draft.floor = 0.5;
    draft.target = new Target(0.9, 2000, 0.5, 0.95);
    draft.calibration = List.of();
    draft.test = "train-resnet";
    return draft.claim();
  }

  static TechniqueDescriptor pruning() {
    return descriptor("pruning", list -> list);
  }

  static TechniqueDescriptor descriptor(String technique, UnaryOperator<List<Claim>> change) {
    return new TechniqueDescriptor(
        1,
        technique,
        "Pruning",
        List.of(
            new Owner("ada", "ada@example.org", true), new Owner("bob", "bob@example.org", false)),
        "docs/rfc/pruning.md",
        PlacementDecision.FORK,
        List.of(
            new SupportedDependency(
                "tensorflow", "org.tensorflow:tensorflow-core-api", "1.0.0", "1.1.0")),
        change.apply(List.of(mean(), exact(), reliability())));
  }
}
