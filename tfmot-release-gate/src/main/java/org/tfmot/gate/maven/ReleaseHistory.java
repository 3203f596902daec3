package org.tfmot.gate.maven;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.claim.Descriptors;
import org.tfmot.gate.engine.ReleasePolicy;

/**
 * Requirements for the history of a work tree before a release: committed, and no claim changed
 * together with the code that it is about.
 *
 * @param git the work tree
 * @param records the folder of the gate's own records, which grow while it runs
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public record ReleaseHistory(Git git, Path records) {

  private static final int SHORT = 10;

  /** Length of what git puts before a path: two letters and a blank. */
  private static final int STATUS = 3;

  /**
   * Checks it.
   *
   * @param last the commit that was released last; null before the first release
   * @throws IllegalStateException if it is not so; the message says what to do
   */
  public void require(@Nullable String last) throws IOException, InterruptedException {
    requireWholeHistory();
    String own = own();
    requireClean(own, "");
    requireClaimsChangedAlone(own, last);
  }

  /**
   * Checks that the work tree is its commit, but for the records.
   *
   * @param besides a file that may be there or differ, too
   * @throws IllegalStateException naming the files that differ, or whose changes git is told to
   *     overlook
   */
  void requireCommitted(@Nullable Path besides) throws IOException, InterruptedException {
    String allowed = "";
    if (besides != null && Files.exists(besides)) {
      allowed = git.root().toRealPath().relativize(besides.toRealPath()).toString();
    }
    requireClean(own(), allowed.replace('\\', '/'));
  }

  /**
   * Requires that the records are in the work tree.
   *
   * @throws IllegalStateException naming both folders
   */
  public void requireRecordsInside() throws IOException, InterruptedException {
    if (own().startsWith("..")) {
      throw new IllegalStateException(
          ("the records of the gate are in %s, outside of the work tree %s: policy and keys have to"
                  + " be committed")
              .formatted(records, git.root()));
    }
  }

  /** The folder of the records, from the root of the work tree. */
  private String own() throws IOException, InterruptedException {
    Path folder = Files.exists(records) ? records.toRealPath() : records.toAbsolutePath();
    return git.root().toRealPath().relativize(folder).toString().replace('\\', '/');
  }

  /**
   * Returns whether a path from the root of the work tree is a record that a gate writes itself.
   */
  public boolean isRecord(String path) throws IOException, InterruptedException {
    return isRecord(own(), path);
  }

  /** The records that a gate writes itself; the trusted keys are not among them. */
  private static boolean isRecord(String own, String path) {
    String name = own.isEmpty() ? path : path.replaceFirst("^" + Pattern.quote(own + "/"), "");
    return name.matches(
            "(ledger|journal)\\.jsonl((\\.run)?\\.lock)?|ledger\\.dependencies\\.jsonl"
                + "|(environments|reference-runs)/[^/]*|"
                + Pattern.quote(LastRelease.FILE))
        && (own.isEmpty() || path.startsWith(own + "/"));
  }

  private void requireWholeHistory() throws IOException, InterruptedException {
    if (git.ask("rev-parse", "--is-shallow-repository").strip().equals("true")) {
      throw new IllegalStateException(
          "this clone is shallow, and whether claims were changed alone is in the history that it"
              + " lacks: git fetch --unshallow --tags");
    }
  }

  private void requireClean(String own, String besides) throws IOException, InterruptedException {
    requireNothingOverlooked();
    requireDecisionsOfTheCommit(own);
    List<String> changed = new ArrayList<>();
    for (String line : git.lines("status", "--porcelain", "--untracked-files=all", "--", ":/")) {
      String path = line.substring(STATUS);
      if (!isRecord(own, path) && !path.equals(besides)) {
        changed.add(line);
      }
    }
    String changes = String.join("\n", changed);
    if (!changes.isEmpty()) {
      throw new IllegalStateException(
          "the work tree differs from its commit, and what is signed names a commit; commit, stash"
              + " or ignore:\n"
              + changes);
    }
  }

  /**
   * Requires that the files that decide about a release are those that were reviewed: the bytes of
   * the commit, whatever filters, ignored files and links make of them here.
   */
  private void requireDecisionsOfTheCommit(String own) throws IOException, InterruptedException {
    requireRecordsInside();
    for (String name : List.of(ReleasePolicy.FILE, "trusted-keys.json")) {
      String path = own.isEmpty() ? name : own + "/" + name;
      Path file = records.resolve(name);
      boolean committed = !git.lines("ls-tree", "HEAD", "--full-tree", path).isEmpty();
      String present = Files.exists(file) ? Files.readString(file) : null;
      String reviewed = committed ? git.ask("cat-file", "blob", "HEAD:" + path) : null;
      if (!Objects.equals(unixLines(present), unixLines(reviewed))) {
        throw new IllegalStateException(
            ("%s is not what the commit has, and it decides about a release: commit it, for its"
                    + " own review")
                .formatted(path));
      }
    }
  }

  private static @Nullable String unixLines(@Nullable String text) {
    return text == null ? null : text.replace("\r\n", "\n");
  }

  /** Git does not look at files with these marks, so that nobody can tell what they hold. */
  private void requireNothingOverlooked() throws IOException, InterruptedException {
    List<String> overlooked = new ArrayList<>();
    for (String line : git.lines("ls-files", "-v", "--full-name", ":/")) {
      // A small letter is assume-unchanged, S is skip-worktree.
      if (Character.isLowerCase(line.charAt(0)) || line.charAt(0) == 'S') {
        overlooked.add(line.substring(2));
      }
    }
    if (!overlooked.isEmpty()) {
      throw new IllegalStateException(
          ("git is told to overlook changes of %d files, such as %s: whether they are those of the"
                  + " commit cannot be seen. git update-index --no-assume-unchanged"
                  + " --no-skip-worktree takes the marks away (with a sparse checkout: git"
                  + " sparse-checkout disable)")
              .formatted(overlooked.size(), overlooked.get(0)));
    }
  }

  /**
   * Since the commit that was released last, which anybody can check, and no tag, which anybody can
   * set; a new descriptor may come with its technique.
   */
  private void requireClaimsChangedAlone(String own, @Nullable String last)
      throws IOException, InterruptedException {
    if (last != null && !isBehind(last)) {
      throw new IllegalStateException(
          ("the last release, %s among the records, was made of commit %s, which is not in the"
                  + " history of this one: what changed since then cannot be seen")
              .formatted(LastRelease.FILE, last));
    }
    String range = last == null ? "HEAD" : last + "..HEAD";
    String descriptors = ":(top,glob)**/" + Descriptors.FOLDER + "*.json";
    String commit = "";
    for (String line : changes(range, descriptors)) {
      // A commit is followed by what it changes.
      if (!line.endsWith(".json")) {
        commit = line;
        continue;
      }
      List<String> others = others(own, commit);
      if (!others.isEmpty() && !undone(commit, line)) {
        throw new IllegalStateException(
            ("commit %s changes the claims in %s together with %s: who is put to the test does"
                    + " not move the bar. Undo the change of the claims, and make it in a commit"
                    + " of its own, for its own review")
                .formatted(commit.substring(0, SHORT), line, others.get(0)));
      }
    }
  }

  private boolean isBehind(String commit) throws IOException, InterruptedException {
    return git.lines("rev-list", "HEAD").contains(commit);
  }

  /** Files that are changed or gone, a renamed one too; of a merge those that it changes itself. */
  private List<String> changes(String range, String files)
      throws IOException, InterruptedException {
    return git.lines(
        "log",
        "-c",
        "--no-renames",
        "--diff-filter=MD",
        "--name-only",
        "--format=%H",
        range,
        "--",
        files);
  }

  /** Returns the files that a commit changes besides claims, records and prose. */
  private List<String> others(String own, String commit) throws IOException, InterruptedException {
    List<String> others = new ArrayList<>();
    for (String path :
        git.lines("show", "-c", "--no-renames", "--format=", "--name-only", commit)) {
      boolean claims = path.contains(Descriptors.FOLDER) && path.endsWith(".json");
      if (!claims && !path.endsWith(".md") && !isRecord(own, path)) {
        others.add(path);
      }
    }
    return others;
  }

  /** Returns whether a later commit made the file what it was before this one. */
  private boolean undone(String commit, String path) throws IOException, InterruptedException {
    String before = git.ask("rev-parse", commit + "^:" + path);
    for (String later : git.lines("log", "--format=%H", commit + "..HEAD", "--", ":/" + path)) {
      if (git.lines("ls-tree", later, "--full-tree", path).stream()
          .anyMatch(line -> line.contains(before.strip()))) {
        return true;
      }
    }
    return false;
  }
}
