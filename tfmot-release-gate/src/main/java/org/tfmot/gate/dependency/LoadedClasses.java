package org.tfmot.gate.dependency;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Classes that the JVM of a run loaded, and those that it looked for in vain, as the JVM itself
 * logs them. A class that was not found is known by its exception, which is logged wherever it is
 * thrown.
 *
 * @param sources name of a class to where it came from, in the JVM's words, once for each loader;
 *     hidden classes, which the others make, are left out
 * @param missing names of classes that were not found
 * @param defect why this is not all; null if it is
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public record LoadedClasses(
    SortedMap<String, SortedSet<String>> sources,
    SortedSet<String> missing,
    @Nullable String defect) {

  /** The most that a JVM may write before it begins again: then the beginning is lost. */
  private static final long LIMIT = 1L << 28;

  private static final String ROTATED = ".0";
  private static final Pattern LOAD = Pattern.compile("\\[class,load\\s*] (\\S+) source: (.*)");
  private static final Pattern MISS =
      Pattern.compile(
          "\\[exceptions\\s*] Exception <a"
              + " 'java/lang/(?:ClassNotFoundException|NoClassDefFoundError)'(?:\\{0x\\w+})?:"
              + " ([^\\s>]+)>.*");

  /** A class that every JVM loads, one of the first. */
  private static final String FIRST = "java.lang.Object";

  /** The class without which no Java program starts another. */
  private static final String PROCESS = "java.lang.ProcessImpl";

  /** Copies the collections. */
  public LoadedClasses {
    sources = Collections.unmodifiableSortedMap(new TreeMap<>(sources));
    missing = Collections.unmodifiableSortedSet(new TreeSet<>(missing));
  }

  /**
   * Returns the option with which a JVM writes the log.
   *
   * @param file relative to the folder that the JVM starts in: in an absolute path some characters
   *     have a meaning
   */
  public static String option(String file) {
    return "-Xlog:class+load=info,exceptions=info:file=%s:tags:filecount=1,filesize=%d"
        .formatted(file, LIMIT);
  }

  /** Returns the files that a JVM writes with {@link #option}. */
  public static SortedSet<Path> files(Path log) {
    return new TreeSet<>(List.of(log, log.resolveSibling(log.getFileName() + ROTATED)));
  }

  /** Returns nothing but the reason for which nothing is known. */
  public static LoadedClasses unknown(String reason) {
    return new LoadedClasses(new TreeMap<>(), new TreeSet<>(), reason);
  }

  /**
   * Reads a log.
   *
   * @return with a defect if it is not there, is not whole, or does not say all
   */
  public static LoadedClasses read(Path log) throws IOException {
    if (!Files.isRegularFile(log)) {
      return unknown("its JVM did not log the classes that it loaded");
    }
    SortedMap<String, SortedSet<String>> sources = new TreeMap<>();
    SortedSet<String> missing = new TreeSet<>();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                Files.newInputStream(log),
                StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPLACE)
                    .onUnmappableCharacter(CodingErrorAction.REPLACE)))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        take(line, sources, missing);
      }
    }
    return new LoadedClasses(sources, missing, defect(log, sources));
  }

  private static void take(
      String line, SortedMap<String, SortedSet<String>> sources, SortedSet<String> missing) {
    Matcher load = LOAD.matcher(line);
    if (load.matches()) {
      String name = load.group(1);
      if (name.indexOf('/') < 0) {
        sources.computeIfAbsent(name, loaded -> new TreeSet<>()).add(load.group(2).strip());
      }
      return;
    }
    Matcher miss = MISS.matcher(line);
    if (miss.matches()) {
      missing.add(miss.group(1).replace('/', '.'));
    }
  }

  private static @Nullable String defect(Path log, SortedMap<String, SortedSet<String>> sources)
      throws IOException {
    if (files(log).stream().anyMatch(file -> !file.equals(log) && Files.exists(file))) {
      return "the log of its classes was longer than %d MB".formatted(LIMIT >> 20);
    }
    if (!sources.containsKey(FIRST) || !endsWithLine(log)) {
      return "the log of its classes is not whole";
    }
    return sources.containsKey(PROCESS)
        ? "it started another process, whose classes are not known"
        : null;
  }

  private static boolean endsWithLine(Path log) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
      file.seek(Math.max(0, file.length() - 1));
      return file.read() == '\n';
    }
  }
}
