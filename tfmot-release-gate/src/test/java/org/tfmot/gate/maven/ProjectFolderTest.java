package org.tfmot.gate.maven;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProjectFolderTest {

  @TempDir Path folder;

  @Test
  void module_belongsToTheFolderWithMavensOwnFiles() throws Exception {
    Path module = Files.createDirectories(folder.resolve("project/lib/target"));
    Files.createDirectories(folder.resolve("project/.mvn"));
    assertEquals(folder.resolve("project"), ProjectFolder.of(module));
    assertEquals(folder.resolve("project"), ProjectFolder.of(module.resolve("../..")));
  }

  @Test
  void projectWithoutSuchFiles_isItsOwnFolder() {
    assertEquals(folder.resolve("alone"), ProjectFolder.of(folder.resolve("alone")));
  }
}
