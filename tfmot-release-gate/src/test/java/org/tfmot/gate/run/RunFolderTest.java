package org.tfmot.gate.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.json.Json;

class RunFolderTest {

  @TempDir Path parent;

  private RunFolder folder;
  private RunRequest request;

  @BeforeEach
  void nameFolder() {
    folder = new RunFolder(parent.resolve("a/b/run"));
    request =
        new RunRequest(
            "a.B#c", 3, folder.path(), new TreeSet<>(List.of("loss")), Duration.ofSeconds(1));
  }

  @Test
  void newFolder_isMade_withItsOrder() throws IOException {
    String tree = folder.prepare(request);
    RunFolder.Order order = Json.read(folder.order(), RunFolder.Order.class);
    assertEquals(
        new RunFolder.Order("a.B#c", 3, folder.output(), folder.curves(), folder.outcome(), tree),
        order);
    assertTrue(Files.isDirectory(folder.output()));
  }

  @Test
  void earlierAttempt_leavesNothing() throws IOException {
    String first = folder.prepare(request);
    Path deep = folder.output().resolve("checkpoints/1/weights.bin");
    Files.createDirectories(deep.getParent());
    for (Path file :
        List.of(
            deep,
            folder.curves(),
            folder.outcome(),
            folder.log(),
            folder.crash(),
            folder.arguments())) {
      Files.writeString(file, "old");
    }
    assertNotEquals(first, folder.prepare(request));
    try (var files = Files.walk(folder.path())) {
      assertEquals(
          List.of(folder.path(), folder.output(), folder.order()), files.sorted().toList());
    }
  }

  @Test
  void linkInTheOutput_isDeleted_butNotWhatItPointsTo() throws IOException {
    folder.prepare(request);
    Path data = Files.writeString(parent.resolve("data.bin"), "images");
    Files.createSymbolicLink(folder.output().resolve("data"), parent);
    folder.prepare(request);
    assertTrue(Files.exists(data));
  }

  /** A kill while the first order was being written leaves this. */
  @Test
  void halfWrittenOrder_isNoStrangeFile() throws IOException {
    Files.createDirectories(folder.path());
    Path half = Files.createTempFile(folder.path(), ".request.json", ".new");
    folder.prepare(request);
    assertFalse(Files.exists(half));
  }

  @Test
  void strangeContent_isRefused_byName() throws IOException {
    Files.createDirectories(folder.path());
    Path thesis = Files.writeString(folder.path().resolve("thesis.txt"), "years of work");
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> folder.prepare(request));
    assertTrue(String.valueOf(e.getMessage()).contains("thesis.txt"), e.getMessage());
    assertTrue(Files.exists(thesis));
  }

  @Test
  void strangeRequestFile_isRefused_andNothingDeleted() throws IOException {
    Files.createDirectories(folder.output());
    Files.writeString(folder.order(), "{\"url\": \"/index.html\"}");
    Path other = Files.writeString(folder.output().resolve("thesis.txt"), "years of work");
    assertThrows(IllegalArgumentException.class, () -> folder.prepare(request));
    assertTrue(Files.exists(other));
  }
}
