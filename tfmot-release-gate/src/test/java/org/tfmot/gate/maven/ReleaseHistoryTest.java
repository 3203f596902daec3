package org.tfmot.gate.maven;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReleaseHistoryTest {

  private static final String CLAIMS = "lib/src/main/resources/META-INF/gate/sorting.json";
  private static final String CODE = "lib/src/main/java/Sorting.java";

  @TempDir Path folder;
  private Git git;

  @BeforeEach
  void init() throws Exception {
    git = new Git(folder);
    git.ask("init", "-q");
    commit(CLAIMS, "floor 1", CODE, "code 1");
  }

  /** Commits files: name, content, name, content, ... */
  private void commit(String... files) throws Exception {
    for (int i = 0; i < files.length; i += 2) {
      write(files[i], files[i + 1]);
    }
    git.ask("add", "-A");
    asSomebody("commit", "-q", "-m", "change");
  }

  private void write(String file, String content) throws IOException {
    Path path = folder.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, content);
  }

  private ReleaseHistory history() {
    return new ReleaseHistory(git, folder.resolve("gate"));
  }

  private void refused(String... parts) {
    String message =
        assertThrows(IllegalStateException.class, () -> history().require(null)).getMessage();
    List<String> missing = new ArrayList<>(List.of(parts));
    missing.removeIf(message::contains);
    assertTrue(missing.isEmpty(), missing + " not in: " + message);
  }

  /** Git asks even a merge without a commit who commits, which a fresh machine does not know. */
  private void merge(String branch) throws Exception {
    asSomebody("merge", "-q", "--no-commit", branch);
  }

  private void asSomebody(String... command) throws Exception {
    git.ask(
        Stream.concat(
                Stream.of("-c", "user.name=a", "-c", "user.email=a@example.org"),
                Stream.of(command))
            .toArray(String[]::new));
  }

  @Test
  void require_newTechniqueWithItsClaims_isFine() {
    assertDoesNotThrow(() -> history().require(null));
  }

  @Test
  void require_editThatGitIsToldToOverlook_isRefused() throws Exception {
    for (String mark : List.of("assume-unchanged", "skip-worktree")) {
      git.ask("update-index", "--" + mark, CODE);
      write(CODE, "in no commit");
      refused("git is told to overlook changes of 1 files", CODE, "--no-" + mark);
      git.ask("update-index", "--no-" + mark, CODE);
      git.ask("checkout", "-q", "--", CODE);
    }
  }

  @Test
  void require_recordsThatAGateWrites_mayBeNewAndGrow() throws Exception {
    for (String record :
        List.of("ledger.jsonl", "ledger.dependencies.jsonl", "journal.jsonl", "environments/1")) {
      write("gate/" + record, "a run");
    }
    assertDoesNotThrow(() -> history().require(null));
    write("gate/ledger.other.jsonl", "something else");
    refused("gate/ledger.other.jsonl");
  }

  /** Anybody can replace an object here; everybody else still has the commit that moves the bar. */
  @Test
  void require_historyThatIsReplacedOrGrafted_isStillTheTrueOne() throws Exception {
    commit(CLAIMS, "floor 0.5", CODE, "code 2");
    commit(CODE, "code 3");
    refused("does not move the bar", CLAIMS);
    String head = git.head();
    String root = git.ask("rev-list", "--max-parents=0", "HEAD").strip();
    asSomebody("replace", "--graft", head, root);
    refused("does not move the bar", CLAIMS);
    git.ask("replace", "-d", head);
    Files.createDirectories(folder.resolve(".git/info"));
    Files.writeString(folder.resolve(".git/info/grafts"), head + " " + root + "\n");
    refused("does not move the bar", CLAIMS);
  }

  @Test
  void require_editThatAMonitorDoesNotReport_isSeen() throws Exception {
    Path monitor = folder.resolve(".git/monitor.sh");
    Files.writeString(monitor, "#!/bin/sh\nprintf 'token\\0'\n");
    assertTrue(monitor.toFile().setExecutable(true));
    git.ask("config", "core.fsmonitor", monitor.toString());
    asSomebody("-c", "core.fsmonitor=" + monitor, "status", "--porcelain");
    write(CODE, "in no commit");
    refused("the work tree differs from its commit", CODE);
  }

  @Test
  void require_policyOrKeysThatAreInNoCommit_areRefused_howeverTheyAreHidden() throws Exception {
    write(".git/info/exclude", "policy.json\n");
    write("gate/policy.json", "{}");
    refused("gate/policy.json is not what the commit has", "commit it");
    Files.delete(folder.resolve("gate/policy.json"));
    commit("gate/trusted-keys.json", "[]\n");
    assertDoesNotThrow(() -> history().require(null));
    write("gate/trusted-keys.json", "[]\r\n");
    assertDoesNotThrow(() -> history().requireCommitted(folder.resolve("gate/trusted-keys.json")));
    write(".git/info/attributes", "trusted-keys.json filter=hide\n");
    git.ask("config", "filter.hide.clean", "echo '[]'");
    write("gate/trusted-keys.json", "[1]\n");
    refused("gate/trusted-keys.json is not what the commit has");
  }

  @Test
  void require_recordsOutsideOfTheWorkTree_areRefused(@TempDir Path elsewhere) throws Exception {
    Files.createSymbolicLink(folder.resolve("gate"), elsewhere);
    git.ask("add", "-A");
    asSomebody("commit", "-q", "-m", "a link");
    refused("outside of the work tree");
  }

  @Test
  void requireCommitted_takesTheCommitsOwnTree_withNewRecordsAndTheFileOfTheStep()
      throws Exception {
    write("gate/journal.jsonl", "{}");
    write("gate/ledger.jsonl.run.lock", "1");
    Path passedOn = folder.resolve("owners.json");
    write("owners.json", "{}");
    assertDoesNotThrow(() -> history().requireCommitted(passedOn));

    IllegalStateException e =
        assertThrows(IllegalStateException.class, () -> history().requireCommitted(null));
    assertTrue(String.valueOf(e.getMessage()).contains("owners.json"), e.getMessage());
    write(CODE, "in no commit");
    e = assertThrows(IllegalStateException.class, () -> history().requireCommitted(passedOn));
    assertTrue(String.valueOf(e.getMessage()).contains(CODE), e.getMessage());
  }

  @Test
  void require_claimsAndCodeInDifferentCommits_isFine() throws Exception {
    commit(CLAIMS, "floor 2", "docs/rfc.md", "why", "gate/ledger.jsonl", "{}");
    commit(CODE, "code 2");

    assertDoesNotThrow(() -> history().require(null));
  }

  @Test
  void require_thresholdEditedInTheSameChange_isRefused() throws Exception {
    commit(CLAIMS, "floor 0", CODE, "code that needs it");

    refused(git.head().substring(0, 10), CLAIMS, CODE, "does not move the bar");
  }

  @Test
  void require_thresholdEditedWithItsTest_isRefused() throws Exception {
    commit(CLAIMS, "floor 0", "lib/src/test/java/SortingTest.java", "test");

    refused("SortingTest.java");
  }

  @Test
  void require_editHiddenUnderALaterOne_isRefused() throws Exception {
    commit(CLAIMS, "floor 0", CODE, "code that needs it");
    commit(CLAIMS, "floor 0 ");

    refused("does not move the bar");
  }

  @Test
  void require_claimsRenamedOrGoneTogetherWithCode_isRefused() throws Exception {
    Files.delete(folder.resolve(CLAIMS));
    commit(CLAIMS.replace("sorting", "sorting2"), "floor 0", CODE, "code that needs it");

    refused(CLAIMS, "does not move the bar");
  }

  @Test
  void require_claimsChangedByAMerge_isRefused() throws Exception {
    String main = git.ask("branch", "--show-current").strip();
    git.ask("checkout", "-q", "-b", "topic");
    commit("lib/other", "1");
    git.ask("checkout", "-q", main);
    commit("lib/third", "1");
    merge("topic");
    commit(CLAIMS, "floor 0", CODE, "code that needs it");

    refused(CLAIMS, "does not move the bar");
  }

  @Test
  void require_mergeOfClaimsAndCodeThatWereChangedApart_isFine() throws Exception {
    String main = git.ask("branch", "--show-current").strip();
    git.ask("checkout", "-q", "-b", "topic");
    commit(CLAIMS, "floor 2");
    git.ask("checkout", "-q", main);
    commit(CODE, "code 2");
    merge("topic");
    commit();

    assertDoesNotThrow(() -> history().require(null));
  }

  @Test
  void require_editUndoneAndMadeAlone_isFine() throws Exception {
    commit(CLAIMS, "floor 0", CODE, "code that needs it");
    commit(CLAIMS, "floor 1");
    commit(CLAIMS, "floor 0");

    assertDoesNotThrow(() -> history().require(null));
  }

  @Test
  void require_editBeforeTheLastRelease_isThatReleasesMatter() throws Exception {
    commit(CLAIMS, "floor 0", CODE, "code 2");
    String last = git.head();
    commit(CODE, "code 3", "gate/last-release.intoto.jsonl", "{}");

    assertDoesNotThrow(() -> history().require(last));
    commit(CLAIMS, "floor -1", CODE, "code 4");
    assertTrue(
        String.valueOf(
                assertThrows(IllegalStateException.class, () -> history().require(last))
                    .getMessage())
            .contains("does not move the bar"));
  }

  @Test
  void require_tag_hidesNothing() throws Exception {
    commit(CLAIMS, "floor 0", CODE, "code that needs it");
    git.ask("tag", "v999");
    commit(CODE, "code 3");

    refused("does not move the bar");
  }

  @Test
  void require_lastReleaseOfAnotherHistory_isRefused() {
    String other = "1".repeat(40);
    IllegalStateException e =
        assertThrows(IllegalStateException.class, () -> history().require(other));
    assertTrue(String.valueOf(e.getMessage()).contains(other), e.getMessage());
  }

  @Test
  void require_shallowClone_isRefused(@TempDir Path clone) throws Exception {
    commit(CLAIMS, "floor 0", CODE, "code that needs it");
    git.ask("clone", "-q", "--depth", "1", folder.toUri().toString(), clone.toString());
    ReleaseHistory shallow = new ReleaseHistory(new Git(clone), clone.resolve("gate"));

    IllegalStateException e =
        assertThrows(IllegalStateException.class, () -> shallow.require(null));

    assertTrue(e.getMessage().contains("git fetch --unshallow"), e.getMessage());
  }

  @Test
  void require_ownTrustedKey_orSourcesAmongTheRecords_areNoRecords() throws Exception {
    write("gate/trusted-keys.json", "[]");
    refused("gate/trusted-keys.json");
    Files.delete(folder.resolve("gate/trusted-keys.json"));

    write(CODE, "code 2");
    for (Path records : List.of(folder, folder.resolve("lib"))) {
      IllegalStateException e =
          assertThrows(
              IllegalStateException.class, () -> new ReleaseHistory(git, records).require(null));
      assertTrue(e.getMessage().contains(CODE), e.getMessage());
    }
  }

  @Test
  void require_changedWorkTree_isRefused_butRecordsMayGrow() throws Exception {
    write("gate/ledger.jsonl", "{}");
    assertDoesNotThrow(() -> history().require(null));

    write(CODE, "code 2");
    refused("Sorting.java", "commit, stash or ignore");
  }

  @Test
  void head_withoutAnyCommit_saysWhatGitSays(@TempDir Path other) throws Exception {
    Git empty = new Git(other);
    empty.ask("init", "-q");

    IOException e = assertThrows(IOException.class, empty::head);
    assertTrue(e.getMessage().contains("rev-parse HEAD"), e.getMessage());
  }
}
