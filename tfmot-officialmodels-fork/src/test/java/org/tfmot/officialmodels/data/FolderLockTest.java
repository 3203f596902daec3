package org.tfmot.officialmodels.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderLockTest {

  @TempDir Path folder;
  private int holders;
  private int entered;

  @Test
  void acquire_manyThreads_oneAtATime() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Future<?>> done = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        done.add(threads.submit(this::enter));
      }
      for (Future<?> future : done) {
        future.get(30, TimeUnit.SECONDS);
      }
    } finally {
      threads.shutdownNow();
    }
    assertEquals(40, entered);
  }

  private Void enter() throws IOException, InterruptedException {
    // The fields are not volatile: that they are right shows that the lock orders the threads.
    try (FolderLock lock = FolderLock.acquire(folder)) {
      assertEquals(1, ++holders, lock::toString);
      Thread.sleep(1);
      holders--;
      entered++;
    }
    return null;
  }

  @Test
  void acquire_heldByAnotherProcess_waitsUntilThatDies() throws Exception {
    Process other =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Holder.class.getName(),
                folder.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      assertEquals('!', other.getInputStream().read());
      Future<Void> done = thread.submit(this::enter);
      assertThrows(TimeoutException.class, () -> done.get(300, TimeUnit.MILLISECONDS));
      other.destroyForcibly();
      done.get(30, TimeUnit.SECONDS);
    } finally {
      other.destroyForcibly();
      thread.shutdownNow();
    }
    assertEquals(1, entered);
  }

  @Test
  void acquire_noFolder_throwsAndLeavesNoLock() throws Exception {
    Path later = folder.resolve("later");
    assertThrows(IOException.class, () -> FolderLock.acquire(later));
    Files.createDirectory(later);
    assertTimeoutPreemptively(Duration.ofSeconds(5), () -> FolderLock.acquire(later).close());
  }

  /** Another process: holds the lock of a folder, says so, and does not give it back. */
  static final class Holder {
    public static void main(String[] arguments) throws Exception {
      FolderLock lock = FolderLock.acquire(Path.of(arguments[0]));
      System.out.print("!");
      System.out.flush();
      Thread.sleep(60_000);
      lock.close();
    }
  }
}
