package org.tfmot.gate.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.tfmot.gate.claim.Claim;
import org.tfmot.gate.claim.Direction;
import org.tfmot.gate.claim.Kind;
import org.tfmot.gate.claim.Limits;
import org.tfmot.gate.claim.Owner;
import org.tfmot.gate.claim.PlacementDecision;
import org.tfmot.gate.claim.TechniqueDescriptor;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.HashChain;
import org.tfmot.gate.process.ProcessEvent.Approved;
import org.tfmot.gate.process.ProcessEvent.Merged;
import org.tfmot.gate.process.ProcessEvent.MinimumVersionBumped;
import org.tfmot.gate.process.ProcessEvent.Placed;
import org.tfmot.gate.process.ProcessEvent.Proposed;
import org.tfmot.gate.process.ProcessEvent.Released;
import org.tfmot.gate.process.ProcessEvent.Reproduced;
import org.tfmot.gate.signature.SigningKey;
import org.tfmot.gate.signature.Team;
import org.tfmot.gate.signature.TrustedKey;
import org.tfmot.gate.signature.TrustedKeys;

/** The people, the technique and the journal of a test. */
final class World {

  static final String PRUNING = "pruning";
  static final String FIRST = "1".repeat(40);
  static final String SECOND = "2".repeat(40);
  static final PlacementScores GOOD = PlacementScores.of(3, 3, 3, 3, 3, 3);

  /** The author ada, her co-owner grace, two reviewers, and the release job. */
  private static final Map<String, Team> PEOPLE =
      Map.of(
          "ada", Team.TFMOT,
          "grace", Team.CONTRIBUTOR,
          "tim", Team.TFMOT,
          "olga", Team.OFFICIAL_MODELS,
          "joan", Team.CONTRIBUTOR,
          "ci", Team.RELEASE);

  final Map<String, SigningKey> secrets = new LinkedHashMap<>();
  final TrustedKeys keys;
  final Path file;
  Journal journal;

  /** What the technique is now. */
  PlacementDecision place;

  String commit = FIRST;
  double documented = 120_000;
  String example = "example";
  List<String> owners = List.of("ada", "grace");

  World(Path folder, PlacementDecision place) throws IOException {
    List<TrustedKey> entries = new ArrayList<>();
    PEOPLE.forEach(
        (name, team) -> {
          SigningKey key = SigningKey.generate();
          secrets.put(name, key);
          entries.add(new TrustedKey(name, team, key.publicKey(), null));
        });
    keys = new TrustedKeys(entries);
    file = folder.resolve("journal.jsonl");
    journal = Journal.open(file, keys);
    this.place = place;
  }

  Candidate candidate() {
    Claim claim =
        new Claim(
            "pruning/resnet/size",
            "size",
            Direction.LOWER_IS_BETTER,
            Kind.EXACT,
            documented,
            125_000,
            0.01,
            new Limits(1, 1, 4),
            null,
            1,
            1e9,
            List.of(),
            "org.example.PruningTest#size",
            "docs/rfc/pruning.md",
            null,
            null);
    List<Owner> people = new ArrayList<>();
    for (String name : owners) {
      people.add(new Owner(name, name + "@example.org", people.isEmpty()));
    }
    TechniqueDescriptor descriptor =
        new TechniqueDescriptor(
            1, PRUNING, "Pruning", people, "docs/rfc/pruning.md", place, List.of(), List.of(claim));
    return new Candidate(descriptor, commit, Digest.of(example.getBytes(StandardCharsets.UTF_8)));
  }

  Revision now() {
    return candidate().revision();
  }

  SignedEvent signed(ProcessEvent event) {
    return SignedEvent.sign(event, secrets.get(event.by()));
  }

  void take(ProcessEvent event) throws IOException {
    journal.append(signed(event), candidate());
  }

  Proposed proposed() {
    return new Proposed(PRUNING, "ada", new TreeSet<>(owners), Digest.of(new byte[] {1}));
  }

  Placed placed() {
    return placed("olga");
  }

  Placed placed(String by) {
    return new Placed(
        PRUNING, by, proposed().rfc(), new Placement(GOOD, place, "users asked for it"));
  }

  Reproduced reproduced(String by) {
    return new Reproduced(
        PRUNING,
        by,
        now(),
        new HashChain.Head(9, Digest.of(new byte[] {2})),
        candidate().claimIds());
  }

  Approved approved(String by, ApprovalStep step) {
    return new Approved(PRUNING, by, step, now());
  }

  Released released(String version) {
    return released("ci", version);
  }

  Released released(String by, String version) {
    return new Released(PRUNING, by, now(), version, Digest.of(new byte[] {3}));
  }

  MinimumVersionBumped bumped(String to) {
    return bumped("grace", to);
  }

  MinimumVersionBumped bumped(String by, String to) {
    return new MinimumVersionBumped(
        PRUNING, by, "org.tfmot:tfmot-techniques", "0.0.9", to, to, Digest.of(new byte[] {4}));
  }

  Merged merged(String by) {
    return new Merged(PRUNING, by, now());
  }

  ProcessStatus status() {
    return ProcessStatus.of(journal, candidate());
  }

  /** On to a state, on the present commit; the journal has nothing but these steps. */
  World upTo(ProcessState state) throws IOException {
    String host = place == PlacementDecision.OFFICIAL ? "olga" : "tim";
    List<ProcessEvent> steps = new ArrayList<>();
    steps.add(proposed());
    steps.add(placed());
    steps.add(reproduced("tim"));
    steps.add(approved("tim", ApprovalStep.TFMOT_REVIEW));
    if (place == PlacementDecision.OFFICIAL) {
      steps.add(approved("olga", ApprovalStep.MAY_DEPEND));
    }
    steps.add(released("0.1.0"));
    steps.add(bumped("0.1.0"));
    steps.add(approved(host, ApprovalStep.FINAL));
    steps.add(merged(host));
    for (ProcessEvent step : steps.subList(journal.entries().size(), steps.size())) {
      if (status().state() != state) {
        take(step);
      }
    }
    return this;
  }
}
