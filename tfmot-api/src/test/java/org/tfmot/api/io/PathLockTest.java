package org.tfmot.api.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PathLockTest {

  private static final Duration SHORT = Duration.ofMillis(50);

  @TempDir private Path folder;

  /** Holds a lock until its input ends, or takes it often and counts in a file. */
  static final class Other {
    public static void main(String[] args) throws Exception {
      Path path = Path.of(args[0]);
      if (args.length == 1) {
        try (PathLock lock = PathLock.acquire(path)) {
          System.out.println("locked");
          System.out.flush();
          System.in.read();
        }
        return;
      }
      for (int i = 0; i < Integer.parseInt(args[1]); i++) {
        increment(path);
      }
    }
  }

  private static void increment(Path path) throws IOException {
    try (PathLock lock = PathLock.acquire(path)) {
      int count = Integer.parseInt(Files.readString(path));
      Files.writeString(path, Integer.toString(count + 1));
    }
  }

  @Test
  void acquire_whatAnotherProcessHas_waitsUntilItEndsOrIsKilled() throws Exception {
    Path path = folder.resolve("a");
    Process other = process(path.toString());
    try (BufferedReader out = other.inputReader()) {
      assertEquals("locked", out.readLine());
      var error = assertThrows(IOException.class, () -> PathLock.acquire(path, SHORT));
      assertTrue(error.getMessage().contains("another process writes " + path));
    } finally {
      other.destroyForcibly().waitFor();
    }
    PathLock.acquire(path, SHORT).close();
    assertFalse(Files.exists(folder.resolve(".a.tfmot-lock")), "is removed");
  }

  @Test
  void acquire_leavesAFileOfTheUserAlone() throws IOException {
    Files.writeString(folder.resolve("a.lock"), "mine");
    PathLock.acquire(folder.resolve("a"), SHORT).close();
    assertEquals("mine", Files.readString(folder.resolve("a.lock")));
  }

  @Test
  void acquire_byThreadsAndProcesses_letsInOneAtATime() throws Exception {
    Path path = folder.resolve("count");
    Files.writeString(path, "0");
    Process other = process(path.toString(), "300");
    AtomicInteger failures = new AtomicInteger();
    Thread[] threads = new Thread[2];
    for (int t = 0; t < threads.length; t++) {
      threads[t] =
          new Thread(
              () -> {
                try {
                  for (int i = 0; i < 300 || other.isAlive(); i++) {
                    if (i < 300) {
                      increment(path);
                    } else {
                      PathLock.acquire(path).close();
                    }
                  }
                } catch (IOException | RuntimeException e) {
                  failures.incrementAndGet();
                }
              });
      threads[t].start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(0, other.waitFor());
    assertEquals(0, failures.get());
    assertEquals("900", Files.readString(path));
  }

  @Test
  void acquire_whatThisThreadHas_isRefused() throws IOException {
    Path path = folder.resolve("a");
    try (PathLock lock = PathLock.acquire(path)) {
      // By another name for the same folder.
      Path same = folder.resolve("../" + folder.getFileName() + "/a");
      var error = assertThrows(IOException.class, () -> PathLock.acquire(same, SHORT));
      assertTrue(error.getMessage().contains("this thread already writes"), error.getMessage());
    }
    PathLock.acquire(path, SHORT).close();
  }

  @Test
  void acquire_whatAnotherThreadHas_saysSo() throws Exception {
    Path path = folder.resolve("a");
    String[] message = new String[1];
    try (PathLock lock = PathLock.acquire(path)) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  PathLock.acquire(path, SHORT).close();
                } catch (IOException e) {
                  message[0] = e.getMessage();
                }
              });
      thread.start();
      thread.join();
    }
    assertTrue(message[0].contains("another thread writes " + path), message[0]);
  }

  private static Process process(String... arguments) throws IOException {
    String[] command = new String[arguments.length + 4];
    command[0] = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    command[1] = "-cp";
    command[2] = System.getProperty("java.class.path");
    command[3] = Other.class.getName();
    System.arraycopy(arguments, 0, command, 4, arguments.length);
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }
}
