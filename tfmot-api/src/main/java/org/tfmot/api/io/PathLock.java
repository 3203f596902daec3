package org.tfmot.api.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Exclusive access to what is written under one path, among the threads of this process and among
 * processes. The lock file {@code .name.tfmot-lock} is there only while somebody has or wants the
 * lock; a process that dies gives its lock back, whatever file it leaves.
 *
 * <p>The operating system's lock belongs to a file, not to its name, and the file is removed when
 * the lock is released. A waiter may therefore lock a file that has just been deleted. To detect
 * that, it gives the file a random length and compares it with the length found under the name:
 * opening the file a second time would release a POSIX lock when that channel is closed.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class PathLock implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final long PAUSE_MILLIS = 5;
  private static final int LONGEST = 1 << 20;

  /** Beyond all content, which a mandatory lock would keep others from. */
  private static final long LOCKED_BYTE = 1L << 40;

  /** The locks in use, and by how many threads. */
  private static final Map<Path, Shared> SHARED = new HashMap<>();

  private static final class Shared {
    final ReentrantLock lock = new ReentrantLock();
    int users;
  }

  private final Path path;
  private final Path file;
  private final Shared shared;
  private final FileChannel channel;

  private PathLock(Path path, Path file, Shared shared, FileChannel channel) {
    this.path = path;
    this.file = file;
    this.shared = shared;
    this.channel = channel;
  }

  /** Waits for the lock; see {@link #acquire(Path, Duration)}. */
  public static PathLock acquire(Path path) throws IOException {
    return acquire(path, PATIENCE);
  }

  /**
   * Waits for the lock.
   *
   * @param path what is written; its folder must exist
   * @throws IOException if another has the lock for longer than the given time, this thread has it
   *     already or is interrupted, or there can be no lock file; the message names the path
   */
  public static PathLock acquire(Path path, Duration patience) throws IOException {
    long end = System.nanoTime() + patience.toNanos();
    Path real = real(path);
    Path file = real.resolveSibling("." + real.getFileName() + ".tfmot-lock");
    Shared shared = enter(real);
    boolean locked = false;
    try {
      if (shared.lock.isHeldByCurrentThread()) {
        throw new IOException("this thread already writes " + path);
      }
      if (!shared.lock.tryLock(end - System.nanoTime(), TimeUnit.NANOSECONDS)) {
        throw new IOException("another thread writes " + path + ", for longer than " + patience);
      }
      locked = true;
      while (true) {
        FileChannel channel = tryLock(file);
        if (channel != null) {
          return new PathLock(real, file, shared, channel);
        }
        if (System.nanoTime() > end) {
          throw new IOException("another process writes " + path + ", for longer than " + patience);
        }
        Thread.sleep(PAUSE_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      leave(real, shared, locked);
      throw new IOException("interrupted while another writes " + path, e);
    } catch (IOException | RuntimeException e) {
      leave(real, shared, locked);
      throw e;
    }
  }

  /** Removes the lock file and gives the lock back. */
  @Override
  public void close() throws IOException {
    try (channel) {
      // Still locked, so that nobody else can have this file's lock and believe in it.
      Files.deleteIfExists(file);
    } finally {
      leave(path, shared, true);
    }
  }

  /** Null if another process has the lock, or this one got that of a file that is gone. */
  private static @Nullable FileChannel tryLock(Path file) throws IOException {
    FileChannel channel;
    try {
      channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    } catch (AccessDeniedException e) {
      // Windows says so of a file that is about to go.
      if (Files.exists(file)) {
        throw e;
      }
      return null;
    }
    try {
      FileLock lock = channel.tryLock(LOCKED_BYTE, 1, false);
      if (lock != null && isUnder(file, channel)) {
        return channel;
      }
    } catch (OverlappingFileLockException e) {
      // Held by a copy of this class from another class loader.
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
    channel.close();
    return null;
  }

  private static boolean isUnder(Path file, FileChannel channel) throws IOException {
    int length = 1 + ThreadLocalRandom.current().nextInt(LONGEST);
    channel.truncate(0);
    channel.write(ByteBuffer.allocate(1), length - 1L);
    try {
      return Files.size(file) == length;
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /** One name for all that lead to the folder. */
  private static Path real(Path path) throws IOException {
    Path absolute = path.toAbsolutePath();
    Path folder = absolute.getParent();
    Path name = absolute.getFileName();
    if (folder == null || name == null) {
      throw new IOException(path + " is a root folder, not a file to write");
    }
    return folder.toRealPath().resolve(name);
  }

  private static Shared enter(Path path) {
    synchronized (SHARED) {
      Shared shared = SHARED.computeIfAbsent(path, key -> new Shared());
      shared.users++;
      return shared;
    }
  }

  private static void leave(Path path, Shared shared, boolean locked) {
    if (locked) {
      shared.lock.unlock();
    }
    synchronized (SHARED) {
      shared.users--;
      if (shared.users == 0) {
        SHARED.remove(path);
      }
    }
  }
}
