package org.tfmot.officialmodels.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tfmot.officialmodels.data.SyntheticCifar10.IMAGES;
import static org.tfmot.officialmodels.data.SyntheticCifar10.LAYOUT;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Cifar10CacheTest {

  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void write() throws IOException {
    file = folder.resolve("images");
    Cifar10Cache.write(file, IMAGES);
  }

  @Test
  void read_written_givesTheParts() throws IOException {
    Cifar10 cifar = Cifar10Cache.read(file, LAYOUT).orElseThrow();
    assertEquals(IMAGES.subset(0, 27), cifar.train());
    assertEquals(IMAGES.subset(27, 30), cifar.validation());
    assertEquals(IMAGES.subset(30, 40), cifar.test());
  }

  @Test
  void write_leavesNothingElse() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(1, files.count());
    }
  }

  @Test
  void read_absent_isEmpty() throws IOException {
    assertTrue(Cifar10Cache.read(folder.resolve("none"), LAYOUT).isEmpty());
  }

  /** One in the magic number, the count, the labels, the pixels and the checksum. */
  @ParameterizedTest
  @ValueSource(ints = {3, 11, 20, 5000, 122_935})
  void read_oneBitAltered_isEmpty(int index) throws IOException {
    Files.write(file, SyntheticCifar10.altered(Files.readAllBytes(file), index));
    assertTrue(Cifar10Cache.read(file, LAYOUT).isEmpty());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 7, 12, 30, 50_000, 122_939, 122_941})
  void read_anotherLength_isEmpty(int length) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    assertEquals(8 + 4 + 40 + 40 * 3072 + 8, bytes.length);
    Files.write(file, Arrays.copyOf(bytes, length));
    assertTrue(Cifar10Cache.read(file, LAYOUT).isEmpty());
  }

  @Test
  void read_ofAnotherNumberOfImages_isEmpty() throws IOException {
    assertTrue(Cifar10Cache.read(file, new Cifar10Layout(5, 10)).isEmpty());
  }
}
