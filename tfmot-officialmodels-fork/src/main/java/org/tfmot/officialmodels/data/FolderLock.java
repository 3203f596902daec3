package org.tfmot.officialmodels.data;

import static java.lang.System.Logger.Level.INFO;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The right to write to a folder, held by one thread of one process at a time. The system gives it
 * back when a process dies.
 */
final class FolderLock implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(FolderLock.class.getName());
  private static final long POLL_MILLIS = 50;

  // A file lock belongs to the whole process, and closing any channel of the file may give it back:
  // the threads of a process agree among themselves first.
  private static final ConcurrentMap<Path, ReentrantLock> THREADS = new ConcurrentHashMap<>();

  private final ReentrantLock threads;
  private final FileChannel channel;

  private FolderLock(ReentrantLock threads, FileChannel channel) {
    this.threads = threads;
    this.channel = channel;
  }

  /**
   * Waits until no one else holds the folder's lock.
   *
   * @throws IOException if the folder does not exist or cannot be written, or on an interrupt
   */
  static FolderLock acquire(Path folder) throws IOException {
    Path file = folder.toRealPath().resolve(".lock");
    ReentrantLock threads = THREADS.computeIfAbsent(file, path -> new ReentrantLock());
    threads.lock();
    @Nullable FileChannel channel = null;
    try {
      channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      awaitLock(channel, folder);
      return new FolderLock(threads, channel);
    } catch (IOException | RuntimeException e) {
      if (channel != null) {
        channel.close();
      }
      threads.unlock();
      throw e;
    }
  }

  private static void awaitLock(FileChannel channel, Path folder) throws IOException {
    boolean told = false;
    while (tryLock(channel) == null) {
      if (!told) {
        LOG.log(INFO, "Waiting for another process that is writing to {0}", folder);
        told = true;
      }
      try {
        Thread.sleep(POLL_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while waiting for the lock of " + folder);
      }
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null; // Held by this class in another class loader of this process.
    }
  }

  @Override
  public void close() throws IOException {
    try {
      channel.close();
    } finally {
      threads.unlock();
    }
  }
}
