package org.tfmot.officialmodels.data;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorOutputStream;

/** Random images in the order of CIFAR-10, and writers of each form that it is published in. */
final class SyntheticCifar10 {

  /** Three batches of ten for training, so three images are held out, and ten for testing. */
  static final Cifar10Layout LAYOUT = new Cifar10Layout(3, 10);

  static final LabeledImages IMAGES = random(LAYOUT.images());

  private SyntheticCifar10() {}

  private static LabeledImages random(int count) {
    Random random = new Random(20091215);
    byte[] pixels = new byte[count * 3072];
    random.nextBytes(pixels);
    byte[] labels = new byte[count];
    for (int i = 0; i < count; i++) {
      labels[i] = (byte) random.nextInt(10);
    }
    return new LabeledImages(pixels, labels, 32, 32, 3);
  }

  /** The files of the official archive by name. */
  static Map<String, byte[]> binaryFiles() {
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put("batches.meta.txt", new byte[] {'x'});
    for (int batch = 0; batch < 4; batch++) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      for (int i = batch * 10; i < batch * 10 + 10; i++) {
        out.write(IMAGES.labels()[i]);
        for (int channel = 0; channel < 3; channel++) {
          for (int y = 0; y < 32; y++) {
            for (int x = 0; x < 32; x++) {
              out.write(pixel(i, y, x, channel));
            }
          }
        }
      }
      files.put(batchName(batch) + ".bin", out.toByteArray());
    }
    return files;
  }

  /** The files of the npm package by name. */
  static Map<String, byte[]> pngFiles() throws IOException {
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put("package.json", new byte[] {'{', '}'});
    for (int batch = 0; batch < 4; batch++) {
      BufferedImage picture = new BufferedImage(1024, 10, BufferedImage.TYPE_INT_RGB);
      for (int row = 0; row < 10; row++) {
        int i = batch * 10 + row;
        for (int y = 0; y < 32; y++) {
          for (int x = 0; x < 32; x++) {
            int rgb = pixel(i, y, x, 0) << 16 | pixel(i, y, x, 1) << 8 | pixel(i, y, x, 2);
            picture.setRGB(y * 32 + x, row, rgb);
          }
        }
      }
      ByteArrayOutputStream png = new ByteArrayOutputStream();
      ImageIO.write(picture, "png", png);
      files.put(batchName(batch) + ".png", png.toByteArray());
    }
    files.put("train_lables.json", labels(0, 30));
    files.put("test_lables.json", labels(30, 40));
    return files;
  }

  static byte[] labels(int from, int to) throws IOException {
    int[] labels = IntStream.range(from, to).map(IMAGES::label).toArray();
    return new ObjectMapper().writeValueAsBytes(labels);
  }

  static String batchName(int batch) {
    return batch == 3 ? "test_batch" : "data_batch_" + (batch + 1);
  }

  private static int pixel(int image, int y, int x, int channel) {
    return IMAGES.pixels()[((image * 32 + y) * 32 + x) * 3 + channel] & 0xff;
  }

  /** Writes files into a folder of a tar.gz archive. */
  static Path archive(Path file, String folder, Map<String, byte[]> files) throws IOException {
    try (TarArchiveOutputStream tar =
        new TarArchiveOutputStream(new GzipCompressorOutputStream(Files.newOutputStream(file)))) {
      for (Map.Entry<String, byte[]> content : files.entrySet()) {
        TarArchiveEntry entry = new TarArchiveEntry(folder + "/" + content.getKey());
        entry.setSize(content.getValue().length);
        tar.putArchiveEntry(entry);
        tar.write(content.getValue());
        tar.closeArchiveEntry();
      }
    }
    return file;
  }

  static Path binaryArchive(Path file) throws IOException {
    return archive(file, "cifar-10-batches-bin", binaryFiles());
  }

  static Path pngArchive(Path file) throws IOException {
    return archive(file, "package", pngFiles());
  }

  static Path folder(Path folder, Map<String, byte[]> files) throws IOException {
    Files.createDirectories(folder);
    for (Map.Entry<String, byte[]> content : files.entrySet()) {
      Files.write(folder.resolve(content.getKey()), content.getValue());
    }
    return folder;
  }

  static List<PinnedFile> batches() {
    return binaryFiles().entrySet().stream()
        .filter(e -> e.getKey().endsWith(".bin"))
        .map(e -> pinned(e.getKey(), e.getValue()))
        .toList();
  }

  static PinnedFile pinned(String name, byte[] content) {
    return new PinnedFile(name, content.length, Hashing.sha256().hashBytes(content).toString());
  }

  static PinnedFile pinned(Path file) throws IOException {
    return pinned(file.getFileName().toString(), MoreFiles.asByteSource(file).read());
  }

  static byte[] altered(byte[] content, int index) {
    byte[] copy = Arrays.copyOf(content, content.length);
    copy[index] ^= 1;
    return copy;
  }
}
