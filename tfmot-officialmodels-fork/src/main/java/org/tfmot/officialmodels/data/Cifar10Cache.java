package org.tfmot.officialmodels.data;

import static java.lang.System.Logger.Level.WARNING;
import static org.tfmot.officialmodels.data.Cifar10Layout.CHANNELS;
import static org.tfmot.officialmodels.data.Cifar10Layout.IMAGE;
import static org.tfmot.officialmodels.data.Cifar10Layout.SIDE;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;

/**
 * The decoded images in one file, to start fast from: a magic number and the number of images
 * (big-endian), all labels, all pixels, and the CRC-32C of what precedes it.
 */
final class Cifar10Cache {

  private static final System.Logger LOG = System.getLogger(Cifar10Cache.class.getName());
  private static final long MAGIC = 0x54464d4f54433101L; // "TFMOTC1", version 1
  // The JDK copies through native memory of the size of one call.
  private static final int CHUNK = 1 << 20;

  private Cifar10Cache() {}

  /** Writes the file in whole or not at all. */
  static void write(Path file, LabeledImages all) throws IOException {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    CRC32C checksum = new CRC32C();
    try (DataOutputStream out =
        new DataOutputStream(new CheckedOutputStream(Files.newOutputStream(part), checksum))) {
      out.writeLong(MAGIC);
      out.writeInt(all.size());
      write(out, all.labels());
      write(out, all.pixels());
      out.writeLong(checksum.getValue());
    } catch (IOException e) {
      Files.deleteIfExists(part); // Large, and the disk may be full.
      throw e;
    }
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Reads the file; empty if it cannot be opened, or is damaged, which is logged. */
  static Optional<Cifar10> read(Path file, Cifar10Layout layout) throws IOException {
    CRC32C checksum = new CRC32C();
    try (DataInputStream in =
        new DataInputStream(new CheckedInputStream(Files.newInputStream(file), checksum))) {
      if (in.readLong() == MAGIC && in.readInt() == layout.images()) {
        byte[] labels = read(in, layout.images());
        // Straight into the parts: the whole once more would double the memory that is needed.
        int heldOut = layout.firstHeldOut();
        LabeledImages train = images(in, labels, 0, heldOut);
        LabeledImages validation = images(in, labels, heldOut, layout.training());
        LabeledImages test = images(in, labels, layout.training(), layout.images());
        long actual = checksum.getValue();
        if (in.readLong() == actual && in.read() < 0) {
          return Optional.of(new Cifar10(train, validation, test));
        }
      }
    } catch (FileSystemException e) {
      return Optional.empty(); // Not there, or not for this user.
    } catch (EOFException e) {
      // Told below.
    }
    LOG.log(WARNING, "{0} is damaged; it is made again", file);
    return Optional.empty();
  }

  private static LabeledImages images(DataInputStream in, byte[] labels, int from, int to)
      throws IOException {
    byte[] pixels = read(in, (to - from) * IMAGE);
    return new LabeledImages(pixels, Arrays.copyOfRange(labels, from, to), SIDE, SIDE, CHANNELS);
  }

  private static void write(DataOutputStream out, byte[] bytes) throws IOException {
    for (int i = 0; i < bytes.length; i += CHUNK) {
      out.write(bytes, i, Math.min(CHUNK, bytes.length - i));
    }
  }

  private static byte[] read(DataInputStream in, int length) throws IOException {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i += CHUNK) {
      in.readFully(bytes, i, Math.min(CHUNK, length - i));
    }
    return bytes;
  }
}
