package org.tfmot.gate.maven;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.json.Digest;

class CommandTreeTest {

  @TempDir Path folder;

  private void write(String file, String text) throws IOException {
    Path path = folder.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }

  private Digest evidence() throws IOException {
    GateCommand command = new GateCommand();
    command.setName("train");
    command.setArguments(List.of("bash", "train.sh", "{seed}"));
    CommandTree tree =
        new CommandTree(folder, Set.of(folder.resolve("gate"), folder.resolve("lib")));
    return command.test(folder.resolve("check"), tree, Map.of()).example();
  }

  @Test
  void fileThatIsNotNamed_isPartOfTheEvidence_whereverInTheProject() throws IOException {
    write("check/train.sh", ". ./helper.sh; . ../tools/more.sh");
    Digest first = evidence();
    write("check/helper.sh", "a");
    Digest second = evidence();
    write("tools/more.sh", "b");
    Digest third = evidence();
    write("check/helper.sh", "changed");
    assertNotEquals(first, second);
    assertNotEquals(second, third);
    assertNotEquals(third, evidence());
  }

  @Test
  void whatBuildsAndGatesWrite_isNot() throws IOException {
    write("check/train.sh", "true");
    Digest before = evidence();
    write("check/target/classes/A.class", "a");
    write("gate/ledger.jsonl", "b");
    write("lib/src/A.java", "c");
    write(".git/index", "d");
    write("check/__pycache__/helper.pyc", "e");
    assertEquals(before, evidence());
  }

  @Test
  void linkedFile_countsWithItsContent() throws IOException {
    write("check/train.sh", "true");
    Path outside = Files.createTempFile("outside", ".sh");
    try {
      Files.createSymbolicLink(folder.resolve("check/helper.sh"), outside);
      Digest before = evidence();
      Files.writeString(outside, "changed");
      assertNotEquals(before, evidence());
    } finally {
      Files.delete(outside);
    }
  }
}
