package org.tfmot.officialmodels.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tfmot.officialmodels.data.SyntheticCifar10.altered;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.officialmodels.data.PinnedFile.DamagedFileException;

class FetcherTest {

  private static final byte[] GOOD = {3, 1, 4, 1, 5, 9};
  private static final byte[] TRUNCATED = Arrays.copyOf(GOOD, 5);
  private static final PinnedFile FILE = SyntheticCifar10.pinned("file", GOOD);

  @TempDir Path folder;

  @Test
  void fetch_good_leavesTheFileAlone() throws IOException {
    Path file = Fetcher.fetch(new FakeSource("server", FILE, GOOD), folder);
    assertEquals(folder.resolve("file"), file);
    assertArrayEquals(GOOD, Files.readAllBytes(file));
    assertFolderHolds("file");
  }

  @Test
  void fetch_truncatedOnce_fetchesAgain() throws IOException {
    FakeSource source = new FakeSource("server", FILE, TRUNCATED, GOOD);
    assertArrayEquals(GOOD, Files.readAllBytes(Fetcher.fetch(source, folder)));
    assertEquals(2, source.fetches.get());
  }

  @Test
  void fetch_alteredOnce_fetchesAgain() throws IOException {
    FakeSource source = new FakeSource("server", FILE, altered(GOOD, 2), GOOD);
    assertArrayEquals(GOOD, Files.readAllBytes(Fetcher.fetch(source, folder)));
    assertEquals(2, source.fetches.get());
  }

  @Test
  void fetch_alteredTwice_namesBothHashesAndLeavesNothing() throws IOException {
    byte[] bad = altered(GOOD, 0);
    FakeSource source = new FakeSource("server", FILE, bad, bad, GOOD);
    IOException e = assertThrows(DamagedFileException.class, () -> Fetcher.fetch(source, folder));
    assertTrue(e.getMessage().contains(FILE.sha256()), e.getMessage());
    assertTrue(e.getMessage().contains(SyntheticCifar10.pinned("x", bad).sha256()), e.getMessage());
    assertEquals(2, source.fetches.get());
    assertFolderHolds();
  }

  @Test
  void fetch_truncatedTwice_namesBothLengths() {
    FakeSource source = new FakeSource("server", FILE, TRUNCATED, TRUNCATED);
    IOException e = assertThrows(IOException.class, () -> Fetcher.fetch(source, folder));
    assertTrue(e.getMessage().endsWith("has 5 bytes instead of 6"), e.getMessage());
  }

  @Test
  void fetch_outOfReach_doesNotTryAgain() {
    FakeSource source = new FakeSource("server", FILE);
    assertThrows(IOException.class, () -> Fetcher.fetch(source, folder));
    assertEquals(1, source.fetches.get());
  }

  @Test
  void fetch_damagedFileThere_isReplaced() throws IOException {
    Files.write(folder.resolve("file"), TRUNCATED);
    Fetcher.fetch(new FakeSource("server", FILE, GOOD), folder);
    assertArrayEquals(GOOD, Files.readAllBytes(folder.resolve("file")));
  }

  private void assertFolderHolds(String... names) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(List.of(names), files.map(f -> f.getFileName().toString()).toList());
    }
  }

  @Test
  void fetch_whatTheSourceKeeps_staysUntilTheFileIsChecked() throws IOException {
    FakeSource unreachable = new FakeSource("server", FILE);
    assertThrows(IOException.class, () -> Fetcher.fetch(unreachable, folder));
    assertEquals(0, unreachable.forgotten.get());
    FakeSource damagedOnce = new FakeSource("server", FILE, TRUNCATED, GOOD);
    Fetcher.fetch(damagedOnce, folder);
    assertEquals(2, damagedOnce.forgotten.get(), "after the damaged and after the good file");
  }
}
