package org.tfmot.api.io;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apiguardian.api.API;

/** The data files of a checkpoint that has more than one. */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class CheckpointShards {

  private static final Pattern SUFFIX = Pattern.compile("\\.data-\\d{5}-of-(\\d{5})");
  private static final String SINGLE = "00001";

  private CheckpointShards() {}

  /** Returns whether all files of one number of shards are there. */
  public static boolean isComplete(Path prefix) {
    Map<String, Integer> found = new TreeMap<>();
    names(prefix).forEach(name -> found.merge(name.substring(name.length() - 5), 1, Integer::sum));
    return found.entrySet().stream()
        .anyMatch(entry -> Integer.parseInt(entry.getKey()) == entry.getValue());
  }

  /** The files' names, in order. */
  public static List<String> names(Path prefix) {
    Path folder = prefix.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      return List.of();
    }
    String name = String.valueOf(prefix.getFileName());
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(file -> file.startsWith(name) && isShard(file.substring(name.length())))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot access the checkpoint " + prefix, e);
    }
  }

  public static void remove(Path prefix) throws IOException {
    for (String name : names(prefix)) {
      Files.deleteIfExists(prefix.resolveSibling(name));
    }
  }

  private static boolean isShard(String suffix) {
    Matcher matcher = SUFFIX.matcher(suffix);
    return matcher.matches() && !matcher.group(1).equals(SINGLE);
  }
}
