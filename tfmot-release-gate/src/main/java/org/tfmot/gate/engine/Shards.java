package org.tfmot.gate.engine;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/** Division of the tests between machines. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class Shards {

  private static final Pattern FORM = Pattern.compile("(\\d{1,6})/(\\d{1,6})");

  private Shards() {}

  /**
   * Reads {@code i/n}.
   *
   * @throws IllegalArgumentException if it is not of that form
   */
  public static Shard parse(String text) {
    return parse("the shard", text);
  }

  private static Shard parse(String name, String text) {
    Matcher matcher = FORM.matcher(text.strip());
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "%s is \"%s\": write i/n with i from 1 to n, such as 2/5".formatted(name, text));
    }
    return new Shard(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
  }

  /**
   * The shard that the environment names; the first of these that is there:
   *
   * <ul>
   *   <li>{@code GATE_SHARD}, {@code i/n} from 1
   *   <li>{@code GATE_SHARD_INDEX} from 0 and {@code GATE_SHARD_TOTAL}: {@code strategy.job-index}
   *       and {@code strategy.job-total} of a GitHub matrix job
   *   <li>{@code JOB_COMPLETION_INDEX} from 0 of a Kubernetes indexed job, and {@code
   *       JOB_COMPLETION_COUNT}, which the job's template has to set
   *   <li>{@code SLURM_ARRAY_TASK_ID} with {@code _MIN}, {@code _COUNT} and, if it is not 1, {@code
   *       _STEP} of a Slurm job array
   * </ul>
   *
   * @return empty if it names none
   * @throws IllegalArgumentException if it names one in part, or one that does not exist: tests
   *     would be left out or run twice
   */
  public static Optional<Shard> fromEnvironment(Map<String, String> environment) {
    String shard = environment.get("GATE_SHARD");
    if (shard != null && !shard.isBlank()) {
      return Optional.of(parse("GATE_SHARD", shard));
    }
    Optional<Shard> found = fromZero(environment, "GATE_SHARD_INDEX", "GATE_SHARD_TOTAL");
    if (found.isEmpty()) {
      found = fromZero(environment, "JOB_COMPLETION_INDEX", "JOB_COMPLETION_COUNT");
    }
    return found.isPresent() ? found : slurm(environment);
  }

  private static Optional<Shard> fromZero(Map<String, String> environment, String at, String of) {
    if (environment.get(at) == null) {
      return Optional.empty();
    }
    int index = number(environment, at, null);
    int count = number(environment, of, null);
    return Optional.of(shard(index, count, at, of));
  }

  private static Optional<Shard> slurm(Map<String, String> environment) {
    String prefix = "SLURM_ARRAY_TASK_";
    if (environment.get(prefix + "ID") == null) {
      return Optional.empty();
    }
    int step = Math.max(1, number(environment, prefix + "STEP", "1"));
    int offset =
        number(environment, prefix + "ID", null) - number(environment, prefix + "MIN", null);
    int count = number(environment, prefix + "COUNT", null);
    if (offset % step != 0) {
      throw new IllegalArgumentException(
          "%sID is %d steps after the first task, with a step of %d: number the tasks evenly"
              .formatted(prefix, offset, step));
    }
    return Optional.of(shard(offset / step, count, prefix + "ID", prefix + "COUNT"));
  }

  private static Shard shard(int fromZero, int count, String at, String of) {
    if (fromZero < 0 || fromZero >= count) {
      throw new IllegalArgumentException(
          "%s makes this part %d, %s says that there are %d"
              .formatted(at, fromZero + 1, of, count));
    }
    return new Shard(fromZero + 1, count);
  }

  private static int number(
      Map<String, String> environment, String name, @Nullable String fallback) {
    String text = environment.getOrDefault(name, fallback);
    if (text == null) {
      throw new IllegalArgumentException(
          name + " is not set, and without it the shard is not known: set it, or GATE_SHARD=i/n");
    }
    try {
      return Integer.parseInt(text.strip());
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "%s is \"%s\", a number is needed".formatted(name, text), e);
    }
  }

  /**
   * The tests of a shard: every n-th by name. It depends on the names alone, so that all machines
   * agree; and no test is split, so that no two machines make the same run.
   */
  public static SortedSet<String> of(Shard shard, Collection<String> tests) {
    List<String> sorted = new ArrayList<>(new TreeSet<>(tests));
    SortedSet<String> own = new TreeSet<>();
    for (int i = shard.index() - 1; i < sorted.size(); i += shard.count()) {
      own.add(sorted.get(i));
    }
    return own;
  }
}
