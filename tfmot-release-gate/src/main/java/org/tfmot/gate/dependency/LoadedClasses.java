package org.tfmot.gate.dependency;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Classes that the JVMs of a run loaded, and those that they looked for and did not find, as they
 * log them themselves. A class that was not found is known by its exception, which is logged
 * wherever it is thrown.
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

  private static final String LOG = ".log";
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9/._+=@-]+");
  private static final Pattern LOAD = Pattern.compile("\\[class,load\\s*] (\\S+) source: (.*)");
  private static final Pattern MISS =
      Pattern.compile(
          "\\[exceptions\\s*] Exception <a"
              + " 'java/lang/(?:ClassNotFoundException|NoClassDefFoundError)'(?:\\{0x\\w+})?:"
              + " ([^\\s>]+)>.*");

  /** A class that every JVM loads, one of the first. */
  private static final String OBJECT = "[class,load] java.lang.Object source: ";

  /** The class without which no Java program starts another. */
  private static final String PROCESS = "java.lang.ProcessImpl";

  /** Copies the collections. */
  public LoadedClasses {
    sources = Collections.unmodifiableSortedMap(new TreeMap<>(sources));
    missing = Collections.unmodifiableSortedSet(new TreeSet<>(missing));
  }

  /**
   * Returns the option with which a JVM writes its log.
   *
   * @param file plain, see {@link #isPlain}; {@code %p} becomes the id of the process
   */
  public static String option(String file) {
    return "-Xlog:class+load=info,exceptions=info:file=%s:tags:filecount=1,filesize=%d"
        .formatted(file, LIMIT);
  }

  /** Returns whether a path has only characters without a meaning in options of a JVM. */
  public static boolean isPlain(Path file) {
    return PLAIN.matcher(file.toString()).matches();
  }

  /** Returns nothing but the reason for which nothing is known. */
  public static LoadedClasses unknown(String reason) {
    return new LoadedClasses(new TreeMap<>(), new TreeSet<>(), reason);
  }

  /**
   * Reads the logs of a run.
   *
   * @param logs of its JVM and of those that it started, with what is left of longer ones
   * @param first a class that the run's own JVM loads
   * @param all whether the JVMs that it started wrote logs, too
   * @return with a defect if a log is not there, is not whole, or does not say all
   */
  public static LoadedClasses read(Collection<Path> logs, String first, boolean all)
      throws IOException {
    SortedMap<String, SortedSet<String>> sources = new TreeMap<>();
    SortedSet<String> missing = new TreeSet<>();
    String defect = null;
    for (Path log : logs) {
      try (BufferedReader lines = reader(log)) {
        boolean whole = false;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          take(line, sources, missing);
          whole |= line.startsWith(OBJECT);
        }
        if (!whole || !endsWithLine(log)) {
          defect = "the log of its classes is not whole";
        }
      }
      if (!log.toString().endsWith(LOG)) {
        defect = "the log of its classes was longer than %d MB".formatted(LIMIT >> 20);
      }
    }
    if (defect == null && !sources.containsKey(first)) {
      defect = "its JVM did not log the classes that it loaded";
    }
    if (defect == null && !all && sources.containsKey(PROCESS)) {
      defect = "it started another process, whose classes are not known";
    }
    return new LoadedClasses(sources, missing, defect);
  }

  private static BufferedReader reader(Path log) throws IOException {
    return new BufferedReader(
        new InputStreamReader(
            Files.newInputStream(log),
            StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPLACE)
                .onUnmappableCharacter(CodingErrorAction.REPLACE)));
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

  private static boolean endsWithLine(Path log) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
      file.seek(Math.max(0, file.length() - 1));
      return file.read() == '\n';
    }
  }
}
