package org.tfmot.officialmodels.data;

import static java.lang.System.Logger.Level.WARNING;

import com.google.common.collect.ImmutableSet;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.tfmot.officialmodels.data.PinnedFile.DamagedFileException;

/**
 * Finds CIFAR-10, or fetches it, and keeps it decoded.
 *
 * @param directory where to look and to keep
 * @param layout how many images are expected
 * @param batches the files of the unpacked binary version
 * @param origins the archives, in the order in which to try
 */
record Cifar10Store(
    DataDirectory directory, Cifar10Layout layout, List<PinnedFile> batches, List<Origin> origins) {

  private static final System.Logger LOG = System.getLogger(Cifar10Store.class.getName());

  /** An archive: where it is from and how it is read. */
  record Origin(DataSource source, Cifar10Reader reader) {
    PinnedFile file() {
      return source.file();
    }
  }

  /**
   * Loads from the cache; without it from a file that someone put there; without one from the first
   * source that has it.
   *
   * @throws IOException if there is no way to have the data; the message is one sentence that says
   *     what was tried and what to do
   */
  Cifar10 load() throws IOException {
    Optional<Cifar10> cached = Cifar10Cache.read(cache(), layout);
    if (cached.isPresent()) {
      return cached.get();
    }
    List<IOException> problems = new ArrayList<>();
    FolderLock lock;
    try {
      Files.createDirectories(folder());
      lock = FolderLock.acquire(folder());
    } catch (FileSystemException e) {
      return loadReadOnly(e, problems);
    }
    try (lock) {
      // Another may have made it while this thread waited.
      cached = Cifar10Cache.read(cache(), layout);
      if (cached.isPresent()) {
        return cached.get();
      }
      makeCache(problems);
      return Cifar10Cache.read(cache(), layout)
          .orElseThrow(() -> new IOException(cache() + " was damaged while it was written"));
    }
  }

  private Path folder() {
    return directory.of("cifar10");
  }

  private Path cache() {
    return folder().resolve("cifar10.images");
  }

  /** A method of its own, so that the decoded images are garbage when the cache is read. */
  private void makeCache(List<IOException> problems) throws IOException {
    Optional<LabeledImages> images = provided(problems);
    Cifar10Cache.write(cache(), images.isPresent() ? images.get() : fetched(problems));
  }

  /** A shared directory that this user may only read serves too, if it has the data. */
  private Cifar10 loadReadOnly(IOException notWritable, List<IOException> problems)
      throws IOException {
    Optional<LabeledImages> images = provided(problems);
    if (images.isEmpty()) {
      problems.add(notWritable);
      throw unobtainable(problems);
    }
    LabeledImages all = images.get();
    return new Cifar10(
        all.subset(0, layout.firstHeldOut()),
        all.subset(layout.firstHeldOut(), layout.training()),
        all.subset(layout.training(), layout.images()));
  }

  /** The images of the first good file in the directory or its folder for this data set. */
  private Optional<LabeledImages> provided(List<IOException> problems) {
    for (Path place : ImmutableSet.of(directory.root(), folder())) {
      Path unpacked = place.resolve(Cifar10Binary.FOLDER);
      if (Files.isDirectory(unpacked)) {
        try {
          for (PinnedFile batch : batches) {
            batch.check(unpacked.resolve(batch.name()));
          }
          return Optional.of(Cifar10Binary.readFolder(unpacked, layout));
        } catch (IOException e) {
          LOG.log(WARNING, "Cannot use {0}: {1}", unpacked, reason(e));
          problems.add(e);
        }
      }
      for (Origin origin : origins) {
        Path file = place.resolve(origin.file().name());
        if (Files.exists(file)) {
          try {
            origin.file().check(file);
            return Optional.of(origin.reader().read(file, layout));
          } catch (IOException e) {
            LOG.log(WARNING, "Cannot use {0}: {1}", file, reason(e));
            problems.add(e);
          }
        }
      }
    }
    return Optional.empty();
  }

  private LabeledImages fetched(List<IOException> problems) throws IOException {
    for (Origin origin : origins) {
      try {
        return origin.reader().read(Fetcher.fetch(origin.source(), folder()), layout);
      } catch (IOException e) {
        if (Thread.currentThread().isInterrupted()) {
          throw e;
        }
        problems.add(e);
      }
    }
    throw unobtainable(problems);
  }

  private IOException unobtainable(List<IOException> problems) {
    String files = origins.stream().map(o -> o.file().name()).collect(Collectors.joining(" or "));
    String remedies =
        origins.stream().map(o -> ", or " + o.source().remedy()).collect(Collectors.joining());
    String reasons = problems.stream().map(Cifar10Store::reason).collect(Collectors.joining("; "));
    IOException e =
        new IOException(
            "CIFAR-10 is not in %s and cannot be fetched (%s): put %s or the folder %s there (%s can name another place)%s."
                .formatted(
                    directory.root(),
                    reasons,
                    files,
                    Cifar10Binary.FOLDER,
                    DataDirectory.VARIABLE,
                    remedies));
    problems.forEach(e::addSuppressed);
    return e;
  }

  /** The JDK's own exceptions often carry no more than a host or a path as message. */
  private static String reason(IOException e) {
    boolean sentence = e instanceof DamagedFileException || e.getClass() == IOException.class;
    return sentence ? String.valueOf(e.getMessage()) : e.toString().replaceFirst("^[a-z.]+", "");
  }
}
