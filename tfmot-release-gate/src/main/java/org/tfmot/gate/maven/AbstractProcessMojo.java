package org.tfmot.gate.maven;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.maven.plugins.annotations.Parameter;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.claim.Claim;
import org.tfmot.gate.claim.TechniqueDescriptor;
import org.tfmot.gate.engine.GateOptions;
import org.tfmot.gate.engine.GateSpec;
import org.tfmot.gate.engine.GateTest;
import org.tfmot.gate.engine.Runners;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.HashChain.Head;
import org.tfmot.gate.ledger.Ledger;
import org.tfmot.gate.process.Candidate;
import org.tfmot.gate.process.Journal;
import org.tfmot.gate.signature.SigningKey;
import org.tfmot.gate.signature.TrustedKeys;

/** Base of the goals with signatures. */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public abstract class AbstractProcessMojo extends AbstractGateMojo {

  /** The private key to sign with: {@code name.pem}, with {@code name.pub.pem} beside it. */
  @Parameter(property = "gate.key")
  protected @Nullable String key;

  /**
   * The key of the machine that makes runs, {@code <name>.pem}; the environment variable {@code
   * GATE_RUNNER_KEY} may name it, too. Without one a key of the release team signs them.
   */
  @Parameter(property = "gate.runnerKey")
  @Nullable String runnerKey;

  /** The file with the keys whose signatures count. */
  protected Path trustedKeysFile() {
    return record("trusted-keys.json");
  }

  /**
   * The trusted keys.
   *
   * @throws IllegalStateException if there is no such file
   */
  protected final TrustedKeys keys() throws IOException {
    Path file = trustedKeysFile();
    if (!Files.exists(file)) {
      throw new IllegalStateException(
          ("%s does not exist, so no signature counts: make a key with gate:keygen and put its"
                  + " entry there")
              .formatted(file));
    }
    return TrustedKeys.read(file);
  }

  /**
   * The key to sign with.
   *
   * @throws IllegalStateException if none is named
   */
  protected final SigningKey signingKey() throws IOException {
    if (key == null) {
      throw new IllegalStateException(
          "no key is named to sign with: -Dgate.key=<name>.pem (gate:keygen makes one)");
    }
    return SigningKey.read(file(key));
  }

  /** Returns whether the goal is about a release: then only runs that a runner signed count. */
  protected boolean isForRelease() {
    return false;
  }

  @Override
  protected GateOptions options() throws IOException {
    GateOptions options = super.options();
    if (isForRelease()) {
      return options.withRunners(Runners.of(keys(), policy()), null);
    }
    SigningKey runner = reproducer.isEmpty() ? runner() : null;
    return runner == null ? options : options.withRunners(Runners.of(keys(), policy()), runner);
  }

  /** Returns what runs that all hold are good for. */
  protected static String outlook(GateSpec spec) {
    return spec.options().runners() == null
        ? "good for looking; a release takes runs that a runner signed (-Dgate.runnerKey)"
        : "the release is open";
  }

  /** The key that signs runs; null if there is none, and runs are good for looking only. */
  private @Nullable SigningKey runner() throws IOException {
    String named = runnerKey == null ? System.getenv("GATE_RUNNER_KEY") : runnerKey;
    if (named != null && !named.isBlank()) {
      return SigningKey.read(file(named));
    }
    if (key == null || !Files.exists(trustedKeysFile())) {
      return null;
    }
    SigningKey own = SigningKey.read(file(key));
    return Runners.of(keys(), policy()).admits(own) ? own : null;
  }

  /**
   * Returns the signer of a step of the process. A step names the commit that it is about, so it is
   * taken on that commit's work tree only.
   *
   * @throws IllegalStateException if no key is named, it is not trusted, or the work tree differs
   *     from its commit
   */
  protected final Signer signer() throws IOException, InterruptedException {
    return signer(null);
  }

  /**
   * Returns the signer of a step of the process, as {@link #signer()}.
   *
   * @param besides a file of the step that may lie in the work tree without a commit
   */
  protected final Signer signer(@Nullable Path besides) throws IOException, InterruptedException {
    Signer signer = Signer.of(keys(), signingKey());
    requireCommitted(besides);
    return signer;
  }

  /**
   * Requires that the work tree is its commit, but for the records.
   *
   * @param besides a file that may be there or differ, too
   * @throws IllegalStateException naming the files that differ
   */
  protected final void requireCommitted(@Nullable Path besides)
      throws IOException, InterruptedException {
    new ReleaseHistory(new Git(root()), recordsFolder()).requireCommitted(besides);
  }

  /**
   * The journal; an empty one before the first step.
   *
   * @throws IllegalArgumentException if lines that the last release knew are not in it
   */
  protected final Journal journal() throws IOException {
    TrustedKeys trusted = Files.exists(trustedKeysFile()) ? keys() : new TrustedKeys(List.of());
    Journal journal = Journal.open(record("journal.jsonl"), trusted);
    @Nullable Head known =
        LastRelease.read(record(LastRelease.FILE), trusted).map(LastRelease::journal).orElse(null);
    if (known != null) {
      journal.require(known);
    }
    return journal;
  }

  /**
   * Requires that the ledger has what was committed and attested of it before.
   *
   * @param runners whose runs count
   * @throws IllegalStateException naming what is missing
   */
  protected final void requireContinuedLedger(Runners runners)
      throws IOException, InterruptedException {
    Git git = new Git(root());
    if (git.isWorkTree()) {
      new ReleaseHistory(git, recordsFolder()).requireRecordsInside();
    }
    LedgerContinuity continuity = new LedgerContinuity(Ledger.open(ledgerFile()));
    Path last = record(LastRelease.FILE);
    LastRelease.read(last, keys())
        .map(LastRelease::attested)
        .ifPresent(continuity::requireAttested);
    if (git.isWorkTree()) {
      if (!Files.exists(last)) {
        requireNeverCommitted(git, git.pathFromRoot(last));
      }
      continuity.requireCommitted(git, ledgerFile(), runners);
    }
  }

  private static void requireNeverCommitted(Git git, String path)
      throws IOException, InterruptedException {
    List<String> commits = git.lines("log", "-1", "--format=%h", "--", ":(top,literal)" + path);
    if (!commits.isEmpty()) {
      throw new IllegalStateException(
          ("%s is gone, which says what was released last; commit %s took it away or has it. Take"
                  + " it from the history")
              .formatted(path, commits.get(0)));
    }
  }

  protected final String head() throws IOException, InterruptedException {
    return new Git(root()).head();
  }

  /** A technique as it is built now; its example is what its convergence tests are compiled to. */
  protected final Candidate candidate(TechniqueDescriptor technique, GateSpec spec)
      throws IOException, InterruptedException {
    List<String> tests = technique.claims().stream().map(Claim::test).toList();
    List<Digest> examples =
        spec.tests().stream()
            .filter(test -> tests.contains(test.name()))
            .map(GateTest::example)
            .distinct()
            .toList();
    return new Candidate(technique, head(), Digest.ofJson(examples));
  }
}
