package org.tfmot.gate.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.attestation.AttestedClaim;
import org.tfmot.gate.attestation.ClaimState;
import org.tfmot.gate.attestation.ConvergencePredicate;
import org.tfmot.gate.ledger.EvidenceKey;
import org.tfmot.gate.ledger.ForgedLedger;
import org.tfmot.gate.ledger.Ledger;
import org.tfmot.gate.ledger.LedgerException;
import org.tfmot.gate.ledger.LedgerRecord;
import org.tfmot.gate.ledger.LedgerRecord.RunFinished;
import org.tfmot.gate.ledger.LedgerRecord.RunStarted;
import org.tfmot.gate.ledger.RunSignature;
import org.tfmot.gate.ledger.RunStatus;
import org.tfmot.gate.ledger.SeedDraw;
import org.tfmot.gate.signature.KeySignature;
import org.tfmot.gate.signature.SigningKey;
import org.tfmot.gate.signature.Team;
import org.tfmot.gate.signature.TrustedKey;
import org.tfmot.gate.signature.TrustedKeys;

/** Whose runs count for a release, and every way to make others count. */
class RunnersTest {

  private static final String LATER = Instant.now().plus(Duration.ofDays(90)).toString();

  @TempDir Path folder;
  private final SigningKey runner = SigningKey.generate();
  private final SigningKey stranger = SigningKey.generate();
  private final SigningKey contributor = SigningKey.generate();
  private final List<TrustedKey> trusted = new ArrayList<>();
  private ReleasePolicy policy = ReleasePolicy.STANDARD;
  private Toy toy;

  @BeforeEach
  void trust() {
    toy = new Toy(folder);
    trusted.add(new TrustedKey("machine", Team.RUNNER, runner.publicKey(), LATER));
    trusted.add(new TrustedKey("ada", Team.CONTRIBUTOR, contributor.publicKey(), null));
  }

  private static ReleasePolicy policy(List<String> runners, int days) {
    return new ReleasePolicy(1, 0.05, 5, 0.05, 0.5, 5, 14, List.of(), false, runners, days);
  }

  private GateOptions strict() {
    Runners runners = Runners.of(new TrustedKeys(trusted), policy);
    return GateOptions.STANDARD.withPolicy(policy).withRunners(runners, null);
  }

  private GateResult signed() throws Exception {
    toy.options = GateOptions.STANDARD.withRunners(strict().runners(), runner);
    return toy.gate();
  }

  private GateResult unsigned() throws Exception {
    toy.options = GateOptions.STANDARD;
    return toy.gate();
  }

  /** As attest looks at it. */
  private GateResult forRelease() throws Exception {
    toy.options = strict();
    return new Gate(toy.spec()).status();
  }

  /** As publish and verify look at it. */
  private List<AttestedClaim> verified(GateResult result) throws Exception {
    return new LedgerVerdicts(toy.spec().ledger(), toy.techniques(), toy.subjects(), strict())
        .recompute(
            new ConvergencePredicate(
                "gate 1",
                Instant.now().toString(),
                "1".repeat(40),
                result.claimsDigests(),
                result.inputs(),
                Ledger.read(toy.spec().ledger()).head(),
                null,
                result.attested()));
  }

  private List<LedgerRecord> records() throws Exception {
    return new ArrayList<>(Ledger.read(toy.spec().ledger()).records());
  }

  private List<RunStarted> starts() throws Exception {
    return records().stream()
        .filter(RunStarted.class::isInstance)
        .map(RunStarted.class::cast)
        .toList();
  }

  private void rewrite(UnaryOperator<LedgerRecord> change) throws Exception {
    ForgedLedger.write(
        toy.spec().ledger(), records().stream().map(change).filter(line -> line != null).toList());
  }

  private RunStarted second() throws Exception {
    return starts().stream()
        .filter(start -> start.draw().test().equals(Toy.TRAINING))
        .skip(1)
        .findFirst()
        .orElseThrow();
  }

  private static RunFinished ended(RunStarted start, Map<String, Double> metrics) {
    return new RunFinished(
        start.key(),
        start.index(),
        start.seed(),
        RunStatus.OK,
        new TreeMap<>(metrics),
        null,
        1,
        null);
  }

  private void refused(String reason) {
    String message = assertThrows(IllegalStateException.class, this::forRelease).getMessage();
    assertTrue(message.contains(reason), message);
  }

  private void missing() throws Exception {
    assertEquals(ClaimState.MISSING, Toy.verdict(forRelease(), Toy.ACCURACY).state());
  }

  @Test
  void runsThatARunnerSigned_areReleased_andVerifiedAgain() throws Exception {
    GateResult result = signed();
    assertTrue(result.released(), () -> "" + result.problems());
    assertTrue(forRelease().released());
    assertEquals(new HashSet<>(result.attested()), new HashSet<>(verified(result)));
    assertEquals(0, signed().newRuns(), "nothing is made twice");
  }

  @Test
  void runsThatNobodySigned_areForLooking_andNoRelease() throws Exception {
    GateResult looked = unsigned();
    assertTrue(looked.released());
    ClaimVerdict verdict = Toy.verdict(forRelease(), Toy.ACCURACY);
    assertEquals(ClaimState.MISSING, verdict.state());
    assertTrue(verdict.sentence().contains("not signed by a runner"), verdict.sentence());
    verified(looked).forEach(claim -> assertEquals(ClaimState.MISSING, claim.decision()));

    GateResult own = signed();
    assertTrue(own.released() && own.newRuns() > 0, "the runner makes its own beside them");
    assertTrue(unsigned().released(), "who only looks sees both");
  }

  /** SHA-256 of an Ed25519 signature that java.security verifies by the public key alone. */
  @Test
  void seed_isDrawnByTheSignature_thatAnybodyCanCheck() throws Exception {
    signed();
    Signature check = Signature.getInstance("Ed25519");
    byte[] publicKey = Base64.getDecoder().decode(runner.publicKey());
    for (RunStarted start : starts()) {
      SeedDraw draw = start.draw();
      String payload =
          "{\"claims\":\"%s\",\"counter\":%d,\"test\":\"%s\"}"
              .formatted(draw.claims(), draw.counter(), draw.test());
      String type = "application/vnd.tfmot.gate.seed+json";
      String encoded =
          "DSSEv1 %d %s %d %s".formatted(type.length(), type, payload.length(), payload);
      byte[] signature = Base64.getDecoder().decode(draw.signature().sig());
      check.initVerify(
          KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(publicKey)));
      check.update(encoded.getBytes(StandardCharsets.US_ASCII));
      assertTrue(check.verify(signature));
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(signature);
      assertEquals(ByteBuffer.wrap(digest).getInt() & 0x7fffffff, start.seed());
    }
  }

  @Test
  void counterOfATest_neverGoesBack_whateverChanges() throws Exception {
    signed();
    int first = starts().size();
    toy.jar = "another jar";
    signed();
    Map<String, Long> last = new TreeMap<>();
    Set<Integer> seeds = new HashSet<>();
    for (RunStarted start : starts()) {
      SeedDraw draw = start.draw();
      assertEquals(last.getOrDefault(draw.test(), 0L) + 1, draw.counter());
      last.put(draw.test(), draw.counter());
      assertTrue(seeds.add(start.seed()), "no seed is used twice");
    }
    assertTrue(starts().size() > first);
  }

  @Test
  void numberThatIsSkippedOrUsed_andSeedThatIsChosen_areNotAppended() throws Exception {
    signed();
    Ledger ledger = Ledger.open(toy.spec().ledger());
    RunStarted last = starts().get(starts().size() - 1);
    SeedDraw draw = last.draw();
    for (long counter : List.of(draw.counter(), draw.counter() + 2)) {
      SeedDraw other = SeedDraw.sign(draw.test(), draw.claims(), counter, runner);
      RunStarted start = RunStarted.of(last.key(), last.claimIds(), last.index() + 1, other);
      String message =
          assertThrows(IllegalArgumentException.class, () -> ledger.append(start)).getMessage();
      assertTrue(message.contains("the next is " + (draw.counter() + 1)), message);
    }
    SeedDraw next = SeedDraw.sign(draw.test(), draw.claims(), draw.counter() + 1, runner);
    RunStarted chosen = new RunStarted(last.key(), last.claimIds(), last.index() + 1, 7, next);
    assertThrows(IllegalArgumentException.class, () -> ledger.append(chosen));
  }

  @Test
  void resultThatWasImproved_isFound() throws Exception {
    toy.runner = Toy.runner(-0.05, 0.8);
    GateResult lost = signed();
    assertFalse(lost.released());
    rewrite(line -> line instanceof RunFinished end ? improved(end) : line);
    refused("machine began, is not signed as it stands");
    assertThrows(IllegalStateException.class, () -> verified(lost));
  }

  private static RunFinished improved(RunFinished end) {
    TreeMap<String, Double> metrics = new TreeMap<>(end.metrics());
    metrics.put("accuracy_difference", 0.01 + 1e-4 * end.index());
    return new RunFinished(
        end.key(),
        end.index(),
        end.seed(),
        end.status(),
        metrics,
        end.curvesDigest(),
        end.seconds(),
        end.cause(),
        end.signed());
  }

  @Test
  void runThatWasTakenOut_isMissed() throws Exception {
    signed();
    int seed = second().seed();
    rewrite(
        line ->
            (line instanceof RunStarted s && s.seed() == seed)
                    || (line instanceof RunFinished f && f.seed() == seed)
                ? null
                : line);
    refused("the ledger lacks run 2 of " + Toy.TRAINING);
  }

  @Test
  void runThatWasReplacedByAnUnsignedOne_isMissed() throws Exception {
    signed();
    RunStarted gone = second();
    RunStarted own = RunStarted.of(gone.key(), gone.claimIds(), gone.index());
    rewrite(
        line -> {
          if (line instanceof RunStarted s && s.seed() == gone.seed()) {
            return own;
          }
          return line instanceof RunFinished f && f.seed() == gone.seed()
              ? ended(own, f.metrics())
              : line;
        });
    refused("the ledger lacks run 2 of " + Toy.TRAINING);
  }

  @Test
  void runThatWasCutOffAtTheEnd_isMadeAgain_withTheSameSeed() throws Exception {
    signed();
    List<RunStarted> before = starts();
    List<LedgerRecord> lines = records();
    int last = lines.lastIndexOf(before.get(before.size() - 1));
    ForgedLedger.write(toy.spec().ledger(), lines.subList(0, last));
    signed();
    assertEquals(before, starts());
  }

  @Test
  void runsOfOthers_doNotCount() throws Exception {
    for (SigningKey key : List.of(stranger, contributor)) {
      Runners own = strict().runners();
      String message =
          assertThrows(
                  IllegalArgumentException.class, () -> GateOptions.STANDARD.withRunners(own, key))
              .getMessage();
      assertTrue(message.contains("would not count"), message);
    }
    // A stranger trusts itself, and makes a ledger.
    TrustedKey evil = new TrustedKey("evil", Team.RUNNER, stranger.publicKey(), LATER);
    Runners own = Runners.of(new TrustedKeys(List.of(evil)), policy);
    toy.options = GateOptions.STANDARD.withRunners(own, stranger);
    GateResult theirs = toy.gate();
    assertTrue(theirs.released());
    missing();
    verified(theirs).forEach(claim -> assertEquals(ClaimState.MISSING, claim.decision()));
  }

  @Test
  void seedOfAnotherKey_orOfOtherClaims_doesNotCount() throws Exception {
    signed();
    RunStarted start = starts().get(0);
    SeedDraw draw = start.draw();
    EvidenceKey key = Ledger.read(toy.spec().ledger()).declared(start.key()).orElseThrow();
    Runners runners = strict().runners();
    assertTrue(runners.admits(key, start, null));
    SeedDraw forged = SeedDraw.sign(draw.test(), draw.claims(), 1, stranger);
    KeySignature named = new KeySignature(runner.keyId(), forged.signature().sig());
    SeedDraw others = SeedDraw.sign(draw.test(), Toy.digest("other claims"), 1, runner);
    for (SeedDraw other : List.of(new SeedDraw(draw.test(), draw.claims(), 1, named), others)) {
      RunStarted begun = RunStarted.of(start.key(), start.claimIds(), start.index(), other);
      assertFalse(runners.admits(key, begun, null));
      assertNotEquals(start.seed(), begun.seed());
    }
  }

  @Test
  void runnerWhoseKeyHasEnded_orWhomThePolicyDoesNotName_doesNotCount() throws Exception {
    signed();
    TrustedKey present = trusted.get(0);
    String before = Instant.now().minus(Duration.ofDays(1)).toString();
    trusted.set(0, new TrustedKey("machine", Team.RUNNER, runner.publicKey(), before));
    missing();
    assertThrows(IllegalArgumentException.class, this::signed);
    trusted.set(0, present);
    assertTrue(forRelease().released());
    policy = policy(List.of("other"), 90);
    missing();
    policy = policy(List.of("machine"), 90);
    assertTrue(forRelease().released());
  }

  @Test
  void releaseJob_mayRunWhatItReleases() throws Exception {
    trusted.set(0, new TrustedKey("release", Team.RELEASE, runner.publicKey(), null));
    assertTrue(signed().released());
    assertTrue(forRelease().released());
  }

  @Test
  void runThatIsTooOld_isNotVerified() throws Exception {
    GateResult result = signed();
    policy = policy(List.of(), 7);
    assertFalse(verified(result).isEmpty());
    Instant then = Instant.now().minus(Duration.ofDays(8));
    rewrite(line -> line instanceof RunFinished end ? end.signedBy(runner, then) : line);
    String message = assertThrows(IllegalStateException.class, () -> verified(result)).getMessage();
    assertTrue(message.contains("more than the 7 days before the attestation"), message);
  }

  @Test
  void runsOfTwoDays_sayWhatTheirBatchesShare() throws Exception {
    signed();
    assertFalse(accuracy().contains("Batches of runs"), "one machine, one day: " + accuracy());
    Instant yesterday = Instant.now().minus(Duration.ofDays(1));
    rewrite(
        line -> line instanceof RunFinished e && e.index() % 2 == 0 ? day(e, 0, yesterday) : line);
    assertTrue(accuracy().contains("Batches of runs (a machine and a day, 2 of them) make "));
    rewrite(
        line -> line instanceof RunFinished e && e.index() % 2 == 0 ? day(e, 1, yesterday) : line);
    String sentence = accuracy();
    assertTrue(
        sentence.contains("% of the variance, more than 10 %, which chance alone"), sentence);
  }

  private String accuracy() throws Exception {
    return forRelease().verdicts().stream()
        .filter(verdict -> verdict.id().equals(Toy.ACCURACY))
        .findFirst()
        .orElseThrow()
        .sentence();
  }

  /** The same run on another day, its difference better by so much. */
  private RunFinished day(RunFinished end, double better, Instant time) {
    TreeMap<String, Double> metrics = new TreeMap<>(end.metrics());
    metrics.computeIfPresent("accuracy_difference", (name, value) -> value + better);
    return new RunFinished(
            end.key(),
            end.index(),
            end.seed(),
            end.status(),
            metrics,
            end.curvesDigest(),
            end.seconds(),
            end.cause())
        .signedBy(runner, time);
  }

  /** Killed by whoever saw it go wrong, and finished by hand. */
  @Test
  void runThatARunnerBegan_isEndedByARunnerOnly() throws Exception {
    toy.runner.killedIn = 3;
    assertThrows(FakeRunner.Killed.class, this::signed);
    RunStarted open = starts().get(starts().size() - 1);
    toy.runner = Toy.healthy();
    assertTrue(unsigned().released(), "who looks leaves it to the runner");

    Ledger ledger = Ledger.open(toy.spec().ledger());
    RunFinished byHand = ended(open, Map.of("accuracy_difference", 0.01));
    assertThrows(IllegalArgumentException.class, () -> ledger.append(byHand));
    assertTrue(signed().released());
    List<RunStarted> repeated =
        starts().stream().filter(start -> start.seed() == open.seed()).toList();
    assertEquals(List.of(open, open), repeated, "with its own seed");
  }

  @Test
  void sameNumberTwice_isADamagedLedger() throws Exception {
    signed();
    RunStarted first = starts().get(0);
    List<LedgerRecord> lines = records();
    lines.add(RunStarted.of(first.key(), first.claimIds(), 99, first.draw()));
    ForgedLedger.write(toy.spec().ledger(), lines);
    assertThrows(LedgerException.class, this::forRelease);
  }

  @Test
  void badInput_isRefused() {
    KeySignature signature = runner.sign("t", new byte[1]);
    KeySignature nameless = new KeySignature(null, signature.sig());
    assertThrows(
        IllegalArgumentException.class, () -> new SeedDraw("t", Toy.digest("c"), 1, nameless));
    assertThrows(
        IllegalArgumentException.class, () -> SeedDraw.sign("t", Toy.digest("c"), 0, runner));
    assertThrows(IllegalArgumentException.class, () -> new RunSignature("yesterday", signature));
    assertThrows(
        IllegalArgumentException.class,
        () -> new TrustedKey("machine", Team.RUNNER, runner.publicKey(), null));
    assertThrows(IllegalArgumentException.class, () -> policy(List.of(), 0));
  }
}
