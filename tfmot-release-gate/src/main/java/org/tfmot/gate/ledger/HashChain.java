package org.tfmot.gate.ledger;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.json.Json;

/**
 * An append-only file of JSON lines, each bound to the line before it by a digest. Any number of
 * processes may append. An append that was cut off (kill, power) leaves a torn last line: it is
 * moved to a file beside this one, {@code <name>.torn}, when the chain is next opened. Any other
 * damage is refused with its line.
 *
 * <p>A chain shows every change but one: whole lines taken from its end leave a shorter, sound
 * chain. Who depends on it keeps the {@link #head} elsewhere (an attestation does) and asks {@link
 * #contains}.
 *
 * @param <T> the type of the bodies, read and written with {@link Json#mapper}
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class HashChain<T> {

  /**
   * A line.
   *
   * @param number from 1
   * @param time when it was appended; never before the line before it
   * @param body what it says
   * @param digest of the whole line
   */
  public record Entry<T>(long number, Instant time, T body, Digest digest) {}

  /**
   * The state of a chain.
   *
   * @param lines how many lines it has
   * @param digest of its last line
   */
  public record Head(long lines, Digest digest) {}

  /** Rules of a chain's history, asked for every line that is read or appended. */
  public interface Rules<T> {
    /**
     * Refuses a body that may not follow what was accepted before.
     *
     * @param fresh whether it is being appended now, and not read
     * @throws IllegalArgumentException with the reason
     */
    void check(T body, boolean fresh);

    /** Takes in a body that was checked and is now part of the chain. */
    void accept(T body);

    /** Everything is admitted. */
    static <T> Rules<T> none() {
      return new Rules<>() {
        @Override
        public void check(T body, boolean fresh) {}

        @Override
        public void accept(T body) {}
      };
    }
  }

  private final Path file;
  private final boolean writable;
  private final ObjectReader bodies;
  private final Rules<T> rules;
  private final List<Entry<T>> entries = new ArrayList<>();
  private long size;
  private @Nullable Path torn;

  private HashChain(Path file, Class<T> type, Rules<T> rules, boolean writable) {
    this.file = file.toAbsolutePath().normalize();
    this.writable = writable;
    this.bodies =
        Json.mapper().readerFor(type).without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    this.rules = rules;
  }

  /**
   * Opens a chain, repairs a torn last line and verifies the rest. A missing file is an empty
   * chain.
   *
   * @throws LedgerException at any other damage, with line number and reason
   */
  public static <T> HashChain<T> open(Path file, Class<T> type, Rules<T> rules) throws IOException {
    HashChain<T> chain = new HashChain<>(file, type, rules, true);
    Path folder = chain.file.getParent();
    if (folder != null) {
      Files.createDirectories(folder);
    }
    chain.refresh();
    return chain;
  }

  /**
   * Reads and verifies a chain, changes nothing beside or in it, and refuses a torn last line too.
   *
   * @throws LedgerException at any damage, with line number and reason
   */
  public static <T> HashChain<T> read(Path file, Class<T> type, Rules<T> rules) throws IOException {
    HashChain<T> chain = new HashChain<>(file, type, rules, false);
    if (!Files.isRegularFile(chain.file)) {
      throw new LedgerException(file, "there is no such file");
    }
    chain.takeIn(chain.readFrom(0));
    return chain;
  }

  /** The lines, in order; a view that cannot be changed. */
  public List<Entry<T>> entries() {
    return Collections.unmodifiableList(entries);
  }

  /** The state of the chain; no lines and a digest of zeros for an empty one. */
  public Head head() {
    return new Head(entries.size(), lastDigest());
  }

  /** Returns whether the chain is, or continues, the chain that had this head. */
  public boolean contains(Head head) {
    if (head.lines() == 0) {
      return head.digest().equals(ChainLine.GENESIS);
    }
    return head.lines() > 0
        && head.lines() <= entries.size()
        && entries.get((int) head.lines() - 1).digest().equals(head.digest());
  }

  /** The file that took a torn last line, if this object found one. */
  public Optional<Path> repaired() {
    return Optional.ofNullable(torn);
  }

  /** Takes in what other processes have appended since. */
  public synchronized void refresh() throws IOException {
    if (!writable) {
      takeIn(readFrom(size));
      return;
    }
    try (ChainLock lock = ChainLock.of(file)) {
      takeIn(readFrom(size));
    }
  }

  /**
   * Appends a line. When this returns, the line is on the device; when it throws, the file is as it
   * was.
   *
   * @throws IllegalArgumentException if the rules refuse the body
   * @throws LedgerException if the file was damaged in the meantime
   */
  public synchronized Entry<T> append(T body) throws IOException {
    if (!writable) {
      throw new IllegalStateException(file + " was opened for reading only");
    }
    try (ChainLock lock = ChainLock.of(file)) {
      takeIn(readFrom(size));
      Instant now = Instant.now();
      Instant time = entries.isEmpty() ? now : max(now, entries.get(entries.size() - 1).time());
      long number = entries.size() + 1L;
      byte[] line = ChainLine.write(number, time, lastDigest(), body);
      // Read back what would be written: what cannot be read again must not get in.
      Entry<T> entry = ChainLine.read(line, 0, line.length - 1, number, lastDigest(), bodies);
      rules.check(entry.body(), true);
      write(line);
      rules.accept(entry.body());
      entries.add(entry);
      size += line.length;
      return entry;
    } catch (ChainLine.DamageException e) {
      throw new IllegalArgumentException("this record cannot be read back: " + e.getMessage(), e);
    }
  }

  private byte[] readFrom(long offset) throws IOException {
    if (!Files.exists(file)) {
      if (offset > 0) {
        throw new LedgerException(file, "the file is gone; restore it from a copy");
      }
      return new byte[0];
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long length = channel.size() - offset;
      if (length < 0) {
        throw new LedgerException(
            file, "the file lost %d bytes that were in it; restore it".formatted(-length));
      }
      ByteBuffer buffer = ByteBuffer.allocate(Math.toIntExact(length));
      while (buffer.hasRemaining() && channel.read(buffer, offset + buffer.position()) >= 0) {
        // Reads on until the buffer is full.
      }
      return Arrays.copyOf(buffer.array(), buffer.position());
    }
  }

  /** Verifies the lines that follow those that are known. */
  private void takeIn(byte[] bytes) throws IOException {
    int start = 0;
    for (int end = lineEnd(bytes, start); end >= 0; end = lineEnd(bytes, start)) {
      take(bytes, start, end);
      start = end + 1;
    }
    if (start < bytes.length) {
      takeUnended(bytes, start);
    }
  }

  private static int lineEnd(byte[] bytes, int start) {
    for (int i = start; i < bytes.length; i++) {
      if (bytes[i] == '\n') {
        return i;
      }
    }
    return -1;
  }

  private void take(byte[] bytes, int start, int end) {
    long number = entries.size() + 1L;
    try {
      Entry<T> entry = ChainLine.read(bytes, start, end, number, lastDigest(), bodies);
      rules.check(entry.body(), false);
      rules.accept(entry.body());
      entries.add(entry);
    } catch (ChainLine.DamageException | IllegalArgumentException e) {
      throw new LedgerException(file, number, String.valueOf(e.getMessage()));
    }
    size += end + 1 - start;
  }

  /** A last line without its line end: torn, or (only the line end lost) whole. */
  private void takeUnended(byte[] bytes, int start) throws IOException {
    int objectEnd = ChainLine.objectEnd(bytes, start, bytes.length);
    long number = entries.size() + 1L;
    if (objectEnd >= 0 && objectEnd < bytes.length) {
      throw new LedgerException(file, number, "has more behind its end: the line was changed");
    }
    if (!writable) {
      throw new LedgerException(
          file, number, "is torn; opening the file for appending repairs that");
    }
    if (objectEnd >= 0) {
      take(bytes, start, bytes.length);
      size--;
      write(new byte[] {'\n'});
      size++;
      return;
    }
    Path beside = file.resolveSibling(file.getFileName() + ".torn");
    byte[] tail = Arrays.copyOfRange(bytes, start, bytes.length + 1);
    tail[tail.length - 1] = '\n';
    // The tail is safe beside the chain before it leaves the chain.
    writeAt(beside, Files.exists(beside) ? Files.size(beside) : 0, tail);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(size);
      channel.force(true);
    }
    torn = beside;
  }

  private void write(byte[] bytes) throws IOException {
    try {
      writeAt(file, size, bytes);
    } catch (IOException e) {
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.truncate(size);
      } catch (IOException second) {
        e.addSuppressed(second);
      }
      throw e;
    }
  }

  private static void writeAt(Path file, long offset, byte[] bytes) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        channel.write(buffer, offset + buffer.position());
      }
      channel.force(true);
    }
  }

  /** The bytes of a new chain with these bodies at these times. */
  static <T> byte[] bytes(List<Entry<T>> lines) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Digest previous = ChainLine.GENESIS;
    long number = 1;
    for (Entry<T> line : lines) {
      byte[] bytes = ChainLine.write(number++, line.time(), previous, line.body());
      out.writeBytes(bytes);
      previous = Objects.requireNonNull(ChainLine.digest(bytes, 0));
    }
    return out.toByteArray();
  }

  private Digest lastDigest() {
    return entries.isEmpty() ? ChainLine.GENESIS : entries.get(entries.size() - 1).digest();
  }

  private static Instant max(Instant a, Instant b) {
    return a.isAfter(b) ? a : b;
  }
}
