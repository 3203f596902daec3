package org.tfmot.gate.ledger;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Holds off other processes (a lock on a file beside the chain, so that it can still be read on
 * systems with mandatory locks) and other threads (file locks belong to the whole JVM).
 */
final class ChainLock implements AutoCloseable {

  private static final ConcurrentMap<Path, ReentrantLock> THREADS = new ConcurrentHashMap<>();

  private final ReentrantLock threads;
  private final FileChannel channel;
  private final FileLock processes;

  private ChainLock(ReentrantLock threads, FileChannel channel, FileLock processes) {
    this.threads = threads;
    this.channel = channel;
    this.processes = processes;
  }

  static ChainLock of(Path file) throws IOException {
    Path lockFile = file.resolveSibling(file.getFileName() + ".lock");
    ReentrantLock threads = THREADS.computeIfAbsent(lockFile, path -> new ReentrantLock());
    threads.lock();
    boolean locked = false;
    FileChannel channel = null;
    try {
      channel = FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock processes = channel.lock();
      locked = true;
      return new ChainLock(threads, channel, processes);
    } finally {
      if (!locked) {
        threads.unlock();
        if (channel != null) {
          channel.close();
        }
      }
    }
  }

  @Override
  public void close() throws IOException {
    try {
      processes.release();
      channel.close();
    } finally {
      threads.unlock();
    }
  }
}
