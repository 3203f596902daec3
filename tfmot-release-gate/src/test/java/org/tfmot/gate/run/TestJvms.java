package org.tfmot.gate.run;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** What tests of processes need. */
final class TestJvms {

  private TestJvms() {}

  static List<Path> classPath() {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .map(Path::of)
        .filter(Files::exists)
        .toList();
  }

  static RunRequest request(Class<?> type, String method, long seed, Path folder, Duration limit) {
    return new RunRequest(
        type.getName() + "#" + method, seed, folder, new TreeSet<>(List.of("accuracy")), limit);
  }

  /** Whether it comes true within 20 seconds. */
  static boolean soon(BooleanSupplier condition) throws InterruptedException {
    for (int i = 0; i < 400; i++) {
      if (condition.getAsBoolean()) {
        return true;
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
    return condition.getAsBoolean();
  }

  /** The process whose id is in a file, as soon as it is there. */
  static ProcessHandle processIn(Path file) throws IOException, InterruptedException {
    if (!soon(() -> Files.exists(file) && !read(file).isBlank())) {
      throw new AssertionError(file + " was not written");
    }
    return ProcessHandle.of(Long.parseLong(read(file).strip())).orElseThrow();
  }

  /** A dead process that its new parent has not waited for counts as gone. */
  static boolean isGone(ProcessHandle process) {
    if (!process.isAlive()) {
      return true;
    }
    String status = read(Path.of("/proc", Long.toString(process.pid()), "stat"));
    return status.isEmpty() || status.contains(") Z ");
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return "";
    }
  }
}
