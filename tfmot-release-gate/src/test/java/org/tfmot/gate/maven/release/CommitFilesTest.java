package org.tfmot.gate.maven.release;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.maven.Git;
import org.tfmot.gate.maven.ReleaseHistory;

class CommitFilesTest {

  private static final String CODE = "src/Packing.java";

  @TempDir Path temporary;
  private Path folder;
  private Git git;

  @BeforeEach
  void init() throws Exception {
    folder = temporary.toRealPath();
    git = new Git(folder);
    git.ask("init", "-q");
    write(CODE, "packs\n");
    commit();
  }

  private void write(String file, String content) throws IOException {
    Path path = folder.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, content);
  }

  private void commit() throws Exception {
    git.ask("add", "-A");
    git.ask("-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-q", "-m", "change");
  }

  private void require(Path... read) throws Exception {
    try (CommitClone clone = CommitClone.of(git, git.head())) {
      CommitFiles files = new CommitFiles(clone, new ReleaseHistory(git, folder.resolve("gate")));
      files.requireSame();
      files.requireCommitted(Set.of(read));
    }
  }

  private String refused(Path... read) {
    return assertThrows(IllegalStateException.class, () -> require(read)).getMessage();
  }

  @Test
  void filterBesideTheRepository_doesNotHideWhatIsBuilt() throws Exception {
    write(".git/info/attributes", "*.java filter=hide\n");
    git.ask("config", "filter.hide.clean", "echo packs");
    git.ask("config", "filter.hide.smudge", "echo packs nothing");
    write(CODE, "packs nothing\n");
    git.ask("add", "-A");
    assertEquals("", git.ask("status", "--porcelain"), "git sees no change");
    assertTrue(refused().startsWith("not attested: src/Packing.java is not what the commit has"));
  }

  @Test
  void lineEnds_andRecordsThatGrow_mayDiffer() throws Exception {
    write("gate/ledger.jsonl", "{}\n");
    write("gate/policy.json", "{}\n");
    commit();
    write("gate/ledger.jsonl", "{}\n{}\n");
    write(CODE, "packs\r\n");
    assertDoesNotThrow(() -> require());
    write("gate/policy.json", "{ }\n");
    assertTrue(refused().contains("gate/policy.json is not what the commit has"));
  }

  @Test
  void linkOutOfTheWorkTree_isInNoCommit(@TempDir Path elsewhere) throws Exception {
    Files.createSymbolicLink(folder.resolve("src/Same.java"), Path.of("Packing.java"));
    commit();
    assertDoesNotThrow(() -> require());
    Files.createSymbolicLink(folder.resolve("src/Other.java"), elsewhere.resolve("Other.java"));
    commit();
    assertTrue(refused().startsWith("not attested: src/Other.java is a link to "), refused());
  }

  @Test
  void fileThatACommandReads_andThatIsIgnored_isInNoCommit() throws Exception {
    write(".git/info/exclude", "helper.sh\n");
    write("helper.sh", "echo good\n");
    Path helper = folder.resolve("helper.sh");
    assertDoesNotThrow(() -> require(folder.resolve(CODE)));
    assertTrue(refused(helper).startsWith("not attested: " + helper + " is in no commit"));
  }
}
