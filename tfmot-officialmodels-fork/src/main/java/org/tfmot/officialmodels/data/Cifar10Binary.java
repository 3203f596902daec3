package org.tfmot.officialmodels.data;

import static org.tfmot.officialmodels.data.Cifar10Layout.CHANNELS;
import static org.tfmot.officialmodels.data.Cifar10Layout.IMAGE;
import static org.tfmot.officialmodels.data.Cifar10Layout.PLANE;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * The binary version of its authors. A batch is a file of records of 3073 bytes: the label, then a
 * plane of red, one of green and one of blue, each row by row.
 */
final class Cifar10Binary {

  static final String FOLDER = "cifar-10-batches-bin";
  static final String EXTENSION = ".bin";

  private Cifar10Binary() {}

  /** Reads the archive {@code cifar-10-binary.tar.gz}. */
  static LabeledImages readArchive(Path archive, Cifar10Layout layout) throws IOException {
    List<String> names = layout.batchNames();
    Cifar10Layout.Builder images = layout.new Builder();
    TarGz.forEachFile(
        archive,
        (name, content) -> {
          int batch =
              name.endsWith(EXTENSION)
                  ? names.indexOf(name.substring(0, name.length() - EXTENSION.length()))
                  : -1;
          if (batch >= 0) {
            readBatch(name, content, images, layout, batch);
          }
        });
    return images.build(archive);
  }

  /** Reads the folder that the archive unpacks to. */
  static LabeledImages readFolder(Path folder, Cifar10Layout layout) throws IOException {
    List<String> names = layout.batchNames();
    Cifar10Layout.Builder images = layout.new Builder();
    for (int batch = 0; batch < names.size(); batch++) {
      Path file = folder.resolve(names.get(batch) + EXTENSION);
      try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
        readBatch(file.toString(), in, images, layout, batch);
      }
    }
    return images.build(folder);
  }

  private static void readBatch(
      String name, InputStream in, Cifar10Layout.Builder images, Cifar10Layout layout, int batch)
      throws IOException {
    byte[] image = new byte[1 + IMAGE];
    int first = images.first(batch);
    for (int i = 0; i < layout.imagesPerBatch(); i++) {
      if (in.readNBytes(image, 0, image.length) < image.length) {
        throw new IOException(
            String.format(
                Locale.ROOT, "%s ends within image %d of %d", name, i, layout.imagesPerBatch()));
      }
      images.labels[first + i] = image[0];
      interleave(image, images.pixels, (first + i) * IMAGE);
    }
    if (in.read() >= 0) {
      throw new IOException(
          String.format(Locale.ROOT, "%s has more than %d images", name, layout.imagesPerBatch()));
    }
  }

  private static void interleave(byte[] planes, byte[] pixels, int offset) {
    for (int channel = 0; channel < CHANNELS; channel++) {
      int from = 1 + channel * PLANE;
      for (int i = 0; i < PLANE; i++) {
        pixels[offset + i * CHANNELS + channel] = planes[from + i];
      }
    }
  }
}
