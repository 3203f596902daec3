package org.tfmot.techniques.testing;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Runs numbered trials in child JVMs, so that a crash or a hang is the outcome of one trial and the
 * others go on. A trial is a function of its number: {@code ChildTrials.run(MyTrial.class, seed,
 * 1)} repeats one.
 */
public final class ChildTrials {

  /** One experiment; the class is public and has a constructor without arguments. */
  public interface Trial {

    /**
     * Runs one trial.
     *
     * @return the outcome in a word, to be counted; {@link Attempts#FAILED} and a reason if it is
     *     one that must not be
     */
    String run(long seed) throws Exception;
  }

  /**
   * Outcomes of many trials.
   *
   * @param counts how often each outcome was seen
   * @param failures the numbers of the trials that must not end as they did, with the reasons
   */
  public record Result(Map<String, Integer> counts, List<String> failures) {
    /** The number of trials. */
    public int trials() {
      return counts.values().stream().mapToInt(Integer::intValue).sum();
    }
  }

  private static final String BEGIN = "@begin ";
  private static final String END = "@end ";

  /** A trial may wait for the processor, but not use it for so long. */
  private static final Duration MOST_WORK = Duration.ofSeconds(30);

  private static final Duration MOST_TIME = Duration.ofMinutes(3);

  private final Class<? extends Trial> trial;
  private final long end;
  private final Map<String, Integer> counts = new TreeMap<>();
  private final List<String> failures = new ArrayList<>();

  private ChildTrials(Class<? extends Trial> trial, long end) {
    this.trial = trial;
    this.end = end;
  }

  /** Runs the trials {@code first} to {@code first + count - 1}, in order. */
  public static Result run(Class<? extends Trial> trial, long first, int count)
      throws IOException, InterruptedException {
    ChildTrials trials = new ChildTrials(trial, first + count);
    long next = first;
    while (next < trials.end) {
      next = trials.runChild(next);
    }
    return new Result(trials.counts, trials.failures);
  }

  /** Runs trials until the child ends; returns the number of the next one. */
  private long runChild(long first) throws IOException, InterruptedException {
    // What a child that is ended leaves behind is deleted with its folder.
    Path temporary = Files.createTempDirectory("trials");
    Path errors = temporary.resolve("errors");
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-XX:-CreateCoredumpOnCrash",
                "-XX:ErrorFile=" + File.separator + "dev" + File.separator + "null",
                "-Djava.io.tmpdir=" + temporary,
                "-cp",
                System.getProperty("java.class.path"),
                Child.class.getName(),
                trial.getName(),
                Long.toString(first),
                Long.toString(end))
            .redirectError(errors.toFile())
            .start();
    try {
      return follow(child, first, errors);
    } finally {
      child.destroyForcibly().waitFor();
      MoreFiles.deleteRecursively(temporary, RecursiveDeleteOption.ALLOW_INSECURE);
    }
  }

  private long follow(Process child, long first, Path errors)
      throws IOException, InterruptedException {
    BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    Thread reader = new Thread(() -> read(child, lines), "trials");
    reader.setDaemon(true);
    reader.start();
    long current = first;
    long began = System.nanoTime();
    Duration workBefore = work(child);
    while (true) {
      String line = lines.poll(1, TimeUnit.SECONDS);
      if (line == null) {
        boolean slow =
            work(child).minus(workBefore).compareTo(MOST_WORK) > 0
                || System.nanoTime() - began > MOST_TIME.toNanos();
        if (slow) {
          fail(current, "hangs");
          return current + 1;
        }
      } else if (line.startsWith(END)) {
        count(current, line.substring(END.length()));
        current++;
      } else if (line.startsWith(BEGIN)) {
        began = System.nanoTime();
        workBefore = work(child);
      } else if (line.isEmpty()) {
        if (current < end) {
          fail(current, "crashes: exit code " + child.waitFor() + ", " + reason(errors));
          current++;
        }
        return current;
      }
    }
  }

  /** Hands on the lines; an empty one says that there are no more. */
  private static void read(Process child, BlockingQueue<String> lines) {
    try (BufferedReader output =
        new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
      output.lines().filter(line -> line.startsWith("@")).forEach(lines::add);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      lines.add("");
    }
  }

  private static Duration work(Process child) {
    Optional<Duration> work = child.info().totalCpuDuration();
    return work.orElse(Duration.ZERO);
  }

  private void count(long seed, String outcome) {
    if (outcome.startsWith(Attempts.FAILED)) {
      fail(seed, outcome);
    } else {
      counts.merge(outcome, 1, Integer::sum);
    }
  }

  private void fail(long seed, String reason) {
    counts.merge(Attempts.FAILED, 1, Integer::sum);
    failures.add("%s %d: %s".formatted(trial.getSimpleName(), seed, reason));
  }

  /** The line that native code left, or the JVM. */
  private static @Nullable String reason(Path errors) throws IOException {
    try (Stream<String> lines = Files.lines(errors, StandardCharsets.ISO_8859_1)) {
      return lines
          .filter(line -> line.contains("Check failed") || line.matches(".*(SIG|rror|xception).*"))
          .findFirst()
          .orElse("no message");
    }
  }

  /** The child's side. */
  public static final class Child {

    private Child() {}

    /** Runs the trials of a class from one number up to another. */
    public static void main(String[] args) throws Exception {
      Trial trial = (Trial) Class.forName(args[0]).getConstructor().newInstance();
      for (long seed = Long.parseLong(args[1]); seed < Long.parseLong(args[2]); seed++) {
        System.out.println(BEGIN + seed);
        String outcome;
        try {
          outcome = trial.run(seed);
        } catch (Throwable e) {
          outcome = Attempts.FAILED + " by " + e;
        }
        System.out.println(END + outcome.replaceAll("\\s+", " "));
      }
      System.exit(0);
    }
  }
}
