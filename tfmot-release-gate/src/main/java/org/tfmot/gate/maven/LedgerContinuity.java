package org.tfmot.gate.maven;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apiguardian.api.API;
import org.tfmot.gate.attestation.AttestedClaim;
import org.tfmot.gate.attestation.ConvergencePredicate;
import org.tfmot.gate.engine.Runners;
import org.tfmot.gate.ledger.Ledger;
import org.tfmot.gate.ledger.LedgerException;
import org.tfmot.gate.ledger.LedgerRecord;
import org.tfmot.gate.ledger.LedgerRecord.RunStarted;

/**
 * Verifies that a ledger still has what earlier ones had. Within a ledger the chain and the
 * runners' counts show that nothing was taken out; of one that was deleted as a whole, and begun
 * again, only commits and attestations know.
 *
 * @param ledger the present one
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public record LedgerContinuity(Ledger ledger) {

  private static final int SHORT = 10;
  private static final Pattern CHANGE = Pattern.compile("(\\S+)\\t(\\S+)\\t.*");
  private static final Pattern COMMIT = Pattern.compile("commit (\\S+)((?: \\S+)*)");

  /**
   * Verifies that the runs of an earlier release are there.
   *
   * @param earlier what was attested
   * @throws IllegalStateException naming the claim and the number of runs that are missing
   */
  public void requireAttested(ConvergencePredicate earlier) {
    if (ledger.contains(earlier.ledger())) {
      return;
    }
    for (AttestedClaim claim : earlier.claims()) {
      TreeSet<Integer> missing = new TreeSet<>(claim.seeds());
      for (LedgerRecord line : ledger.records()) {
        if (line instanceof RunStarted start && start.claimIds().contains(claim.id())) {
          missing.remove(start.seed());
        }
      }
      if (!missing.isEmpty()) {
        throw new IllegalStateException(
            ("the ledger lacks %d of the %d runs of %s that the release of commit %s was attested"
                    + " with: it was deleted or replaced. Take it from the repository, or from that"
                    + " release")
                .formatted(
                    missing.size(), claim.seeds().size(), claim.id(), brief(earlier.commit())));
      }
    }
  }

  /**
   * Verifies that the signed runs of all versions that were committed are there.
   *
   * @param git the work tree
   * @param file the ledger's
   * @param runners whose runs count
   * @throws IllegalStateException naming test, runner and commit
   */
  void requireCommitted(Git git, Path file, Runners runners)
      throws IOException, InterruptedException {
    String path = git.pathFromRoot(file);
    Map<String, String> versions = versions(git, path, cut(git, path));
    if (!requireContinues(git, path, versions, runners)) {
      // What a damaged version continued, an earlier one has to say.
      List<String> all = git.lines("log", "--full-history", "--format=%H", "--", literal(path));
      requireContinues(git, path, versions(git, path, all), runners);
    }
  }

  /** Verifies all versions; returns whether all of them can be read. */
  private boolean requireContinues(
      Git git, String path, Map<String, String> versions, Runners runners)
      throws IOException, InterruptedException {
    boolean readable = true;
    for (Map.Entry<String, String> version : versions.entrySet()) {
      Path copy = Files.createTempFile("ledger", ".jsonl");
      try {
        Files.write(
            copy, git.ask("cat-file", "blob", version.getKey()).getBytes(StandardCharsets.UTF_8));
        runners.requireContinues(
            ledger,
            Ledger.read(copy),
            "commit %s has: git checkout %s -- %s"
                .formatted(brief(version.getValue()), brief(version.getValue()), path));
      } catch (LedgerException e) {
        // A damaged version, such as one with marks of a conflict, proves nothing.
        readable = false;
      } finally {
        Files.delete(copy);
      }
    }
    return readable;
  }

  /**
   * Returns commits whose versions later ones need not continue: the head, and the parents of
   * whatever took lines away.
   */
  private static List<String> cut(Git git, String path) throws IOException, InterruptedException {
    List<String> commits = new ArrayList<>(List.of(git.head()));
    String parents = "";
    for (String line :
        git.lines(
            "log",
            "--full-history",
            "-m",
            "--no-renames",
            "--numstat",
            "--format=commit %H %P",
            "--",
            literal(path))) {
      Matcher commit = COMMIT.matcher(line);
      Matcher change = CHANGE.matcher(line);
      if (commit.matches()) {
        parents = commit.group(2).strip();
      } else if (change.matches() && !change.group(2).equals("0") && !parents.isEmpty()) {
        commits.addAll(List.of(parents.split(" ")));
      }
    }
    return commits;
  }

  /** Returns the versions of a file in commits: blob to a commit that has it. */
  private static Map<String, String> versions(Git git, String path, List<String> commits)
      throws IOException, InterruptedException {
    Map<String, String> versions = new LinkedHashMap<>();
    for (String commit : commits) {
      for (String entry : git.lines("ls-tree", "--full-tree", commit, "--", path)) {
        // Mode, type and object, before a tab.
        versions.putIfAbsent(entry.split("[ \\t]")[2], commit);
      }
    }
    return versions;
  }

  private static String literal(String path) {
    return ":(top,literal)" + path;
  }

  private static String brief(String commit) {
    return commit.substring(0, Math.min(SHORT, commit.length()));
  }
}
