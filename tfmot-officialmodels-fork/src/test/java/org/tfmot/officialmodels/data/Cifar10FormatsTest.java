package org.tfmot.officialmodels.data;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tfmot.officialmodels.data.SyntheticCifar10.IMAGES;
import static org.tfmot.officialmodels.data.SyntheticCifar10.LAYOUT;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** The readers of both published forms, against images that the test made itself. */
class Cifar10FormatsTest {

  @TempDir Path folder;

  @Test
  void binaryArchive_givesTheImages() throws IOException {
    Path archive = SyntheticCifar10.binaryArchive(folder.resolve("a.tar.gz"));
    assertEquals(IMAGES, Cifar10Binary.readArchive(archive, LAYOUT));
  }

  @Test
  void binaryFolder_givesTheImages() throws IOException {
    Path unpacked = SyntheticCifar10.folder(folder, SyntheticCifar10.binaryFiles());
    assertEquals(IMAGES, Cifar10Binary.readFolder(unpacked, LAYOUT));
  }

  @Test
  void pngArchive_givesTheImages() throws IOException {
    Path archive = SyntheticCifar10.pngArchive(folder.resolve("a.tgz"));
    assertEquals(IMAGES, Cifar10Png.readArchive(archive, LAYOUT));
  }

  @Test
  void binaryArchive_batchMissing_namesIt() throws IOException {
    Map<String, byte[]> files = SyntheticCifar10.binaryFiles();
    files.remove("data_batch_2.bin");
    assertFails("has no data_batch_2", () -> readBinary(files));
  }

  @Test
  void binaryArchive_imageIncomplete_namesIt() throws IOException {
    Map<String, byte[]> files = SyntheticCifar10.binaryFiles();
    files.computeIfPresent("test_batch.bin", (n, b) -> Arrays.copyOf(b, 9 * 3073 + 3072));
    assertFails("test_batch.bin ends within image 9 of 10", () -> readBinary(files));
  }

  @Test
  void binaryArchive_oneImageTooMany_throws() throws IOException {
    Map<String, byte[]> files = SyntheticCifar10.binaryFiles();
    files.computeIfPresent("data_batch_1.bin", (n, b) -> Arrays.copyOf(b, 11 * 3073));
    assertFails("data_batch_1.bin has more than 10 images", () -> readBinary(files));
  }

  @Test
  void binaryArchive_labelTen_throws() throws IOException {
    Map<String, byte[]> files = SyntheticCifar10.binaryFiles();
    files.get("data_batch_2.bin")[2 * 3073] = 10;
    assertFails("image 12 has the label 10", () -> readBinary(files));
  }

  @Test
  void binaryArchive_truncated_throws() throws IOException {
    Path archive = SyntheticCifar10.binaryArchive(folder.resolve("a.tar.gz"));
    byte[] bytes = Files.readAllBytes(archive);
    Files.write(archive, Arrays.copyOf(bytes, bytes.length / 2));
    assertThrows(IOException.class, () -> Cifar10Binary.readArchive(archive, LAYOUT));
  }

  @Test
  void pngArchive_labelsMissing_throws() throws IOException {
    Map<String, byte[]> files = SyntheticCifar10.pngFiles();
    files.remove("test_lables.json");
    assertFails("has no test_lables.json", () -> readPng(files));
  }

  @Test
  void pngArchive_oneLabelTooFew_namesBothCounts() throws IOException {
    Map<String, byte[]> files = SyntheticCifar10.pngFiles();
    files.put("train_lables.json", SyntheticCifar10.labels(0, 29));
    assertFails("train_lables.json has 29 labels, not 30", () -> readPng(files));
  }

  @Test
  void pngArchive_labelThatWouldWrapAround_throws() throws IOException {
    Map<String, byte[]> files = SyntheticCifar10.pngFiles();
    files.put("test_lables.json", "[0,1,2,256,4,5,6,7,8,9]".getBytes(US_ASCII));
    assertFails("label 3 is 256", () -> readPng(files));
  }

  @Test
  void pngArchive_batchMissing_namesIt() throws IOException {
    Map<String, byte[]> files = SyntheticCifar10.pngFiles();
    files.remove("test_batch.png");
    assertFails("has no test_batch", () -> readPng(files));
  }

  @Test
  void pngArchive_notAPicture_throws() throws IOException {
    Map<String, byte[]> files = SyntheticCifar10.pngFiles();
    files.put("data_batch_1.png", new byte[100]);
    assertFails("data_batch_1.png is not a PNG", () -> readPng(files));
  }

  @Test
  void pngArchive_pictureOfAnotherSize_namesBothSizes() throws IOException {
    Cifar10Layout other = new Cifar10Layout(3, 9);
    Path archive = SyntheticCifar10.pngArchive(folder.resolve("a.tgz"));
    assertFails(
        "data_batch_1.png is 1024 x 10 with 3 channels, not 1024 x 9",
        () -> Cifar10Png.readArchive(archive, other));
  }

  private void readBinary(Map<String, byte[]> files) throws IOException {
    Path file = folder.resolve("b.tar.gz");
    Cifar10Binary.readArchive(SyntheticCifar10.archive(file, "bin", files), LAYOUT);
  }

  private void readPng(Map<String, byte[]> files) throws IOException {
    Path file = folder.resolve("b.tgz");
    Cifar10Png.readArchive(SyntheticCifar10.archive(file, "package", files), LAYOUT);
  }

  private static void assertFails(String part, Executable action) {
    String message = assertThrows(IOException.class, action).getMessage();
    assertTrue(message.contains(part), message);
  }
}
