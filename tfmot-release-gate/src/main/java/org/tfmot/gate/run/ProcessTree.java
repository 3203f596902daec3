package org.tfmot.gate.run;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A process with all that it started, also what detached itself: on Linux every one of them carries
 * the same cookie in its environment.
 */
final class ProcessTree {

  /** The name of the cookie. */
  static final String COOKIE = "GATE_PROCESS_TREE";

  private static final Path PROC = Path.of("/proc");
  private static final Pattern PEAK = Pattern.compile("VmHWM:\\s+(\\d+) kB");
  private static final int ATTEMPTS = 100;

  private final @Nullable ProcessHandle root;
  private final byte[] cookie;

  /** All that was ever looked at: without the cookie, a process is found by its parent alone. */
  private final Set<ProcessHandle> seen = ConcurrentHashMap.newKeySet();

  /**
   * @param root that the others come from; null if only their cookie is known
   */
  ProcessTree(@Nullable ProcessHandle root, String cookie) {
    this.root = root;
    this.cookie = (COOKIE + "=" + cookie).getBytes(StandardCharsets.UTF_8);
  }

  /** Ends all of it, also what it starts meanwhile. */
  void kill() {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Set<ProcessHandle> alive = new HashSet<>(withCookie());
      alive.addAll(family());
      seen.forEach(handle -> handle.descendants().forEach(alive::add));
      alive.addAll(seen);
      alive.removeIf(handle -> !isRunning(handle));
      if (alive.isEmpty()) {
        return;
      }
      seen.addAll(alive);
      alive.forEach(ProcessHandle::destroyForcibly);
      try {
        TimeUnit.MILLISECONDS.sleep(Math.min(20, 1L << attempt));
      } catch (InterruptedException e) {
        // Leaving processes behind is worse than a late answer: the loop is short.
        alive.forEach(ProcessHandle::destroyForcibly);
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  /** The sum of the peaks of the processes that live now, in bytes; empty if unknown. */
  OptionalLong peakMemory() {
    Set<ProcessHandle> family = family();
    seen.addAll(family);
    long sum = 0;
    for (ProcessHandle handle : family) {
      sum += peak(handle.pid());
    }
    return sum > 0 ? OptionalLong.of(sum) : OptionalLong.empty();
  }

  private Set<ProcessHandle> family() {
    Set<ProcessHandle> family = new HashSet<>();
    if (root != null) {
      family.add(root);
      root.descendants().forEach(family::add);
    }
    return family;
  }

  /** A dead process that nobody has waited for is alive to Java: no kill would ever end it. */
  private static boolean isRunning(ProcessHandle handle) {
    if (!handle.isAlive()) {
      return false;
    }
    try {
      String status = Files.readString(PROC.resolve(handle.pid() + "/stat"));
      return !status.startsWith("Z", status.lastIndexOf(')') + 2);
    } catch (IOException e) {
      // Just gone, or a system without such files.
      return handle.isAlive();
    }
  }

  private static long peak(long pid) {
    try {
      Matcher matcher = PEAK.matcher(Files.readString(PROC.resolve(pid + "/status")));
      return matcher.find() ? Long.parseLong(matcher.group(1)) * 1024 : 0;
    } catch (IOException e) {
      return 0;
    }
  }

  private Set<ProcessHandle> withCookie() {
    Set<ProcessHandle> found = new HashSet<>();
    if (!Files.isDirectory(PROC)) {
      return found;
    }
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path process : processes) {
        if (hasCookie(process.resolve("environ"))) {
          ProcessHandle.of(Long.parseLong(process.getFileName().toString())).ifPresent(found::add);
        }
      }
    } catch (IOException e) {
      return found;
    }
    return found;
  }

  private boolean hasCookie(Path environment) {
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(environment);
    } catch (IOException e) {
      // Another user's, or gone.
      return false;
    }
    int matched = 0;
    boolean atStart = true;
    for (byte b : bytes) {
      if (b == 0) {
        if (atStart && matched == cookie.length) {
          return true;
        }
        matched = 0;
        atStart = true;
      } else if (atStart && matched < cookie.length && b == cookie[matched]) {
        matched++;
      } else {
        atStart = false;
      }
    }
    return false;
  }
}
