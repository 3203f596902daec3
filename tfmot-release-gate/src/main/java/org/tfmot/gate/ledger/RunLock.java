package org.tfmot.gate.ledger;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Lets one gate at a time make runs for a ledger. Two would start the same runs, and each would end
 * the processes of the other. The lock is the operating system's, on {@code LEDGER.run.lock}: it
 * ends with the process, however that ends.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class RunLock implements AutoCloseable {

  private static final String SUFFIX = ".run.lock";

  private final FileChannel channel;
  private final FileLock lock;

  private RunLock(FileChannel channel, FileLock lock) {
    this.channel = channel;
    this.lock = lock;
  }

  /**
   * Takes the lock, or refuses at once.
   *
   * @param ledger the ledger's file, which need not exist yet
   * @throws IllegalStateException if another gate makes runs for the ledger, with its process id
   */
  public static RunLock take(Path ledger) throws IOException {
    Path file = ledger.toAbsolutePath().resolveSibling(ledger.getFileName() + SUFFIX);
    Files.createDirectories(file.getParent());
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    FileLock lock = null;
    try {
      lock = tryLock(channel);
      if (lock == null) {
        throw new IllegalStateException(
            ("another gate%s makes runs for %s: wait until it has ended, or end it; no run was"
                    + " made")
                .formatted(holder(file), ledger));
      }
      write(channel, Long.toString(ProcessHandle.current().pid()));
      return new RunLock(channel, lock);
    } finally {
      if (lock == null) {
        channel.close();
      }
    }
  }

  @Override
  public void close() throws IOException {
    try (channel) {
      lock.release();
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null; // A gate of this JVM.
    }
  }

  private static void write(FileChannel channel, String text) throws IOException {
    channel.truncate(0);
    channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0);
  }

  /** Returns the process in words; nothing where the system does not let a locked file be read. */
  private static String holder(Path file) {
    try {
      String pid = Files.readString(file).strip();
      return pid.isEmpty() ? "" : " (process %s)".formatted(pid);
    } catch (IOException e) {
      return "";
    }
  }
}
