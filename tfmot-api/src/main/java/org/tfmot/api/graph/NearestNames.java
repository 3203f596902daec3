package org.tfmot.api.graph;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Finds the names that somebody may have meant who gave one that is none, for error messages: first
 * those that differ by the fewest letters (Levenshtein distance, upper and lower case alike).
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class NearestNames {

  private static final int LISTED = 5;

  /** Letters that differ in a name that may be meant, at most one in so many. */
  private static final int LETTERS_FOR_ONE = 3;

  /** The shortest name that may be meant by one that contains it. */
  private static final int SHORTEST_PART = 3;

  private NearestNames() {}

  /**
   * Returns at most five of the names, the nearest first; ties in the given order. Names that
   * differ in more than a third of their letters are not near, unless one contains the other.
   */
  public static List<String> of(String wanted, Collection<String> names) {
    return names.stream()
        .distinct()
        .map(name -> new Candidate(name, distance(lower(wanted), lower(name))))
        .filter(candidate -> isNear(lower(wanted), candidate))
        .sorted(Comparator.comparingInt(Candidate::distance))
        .limit(LISTED)
        .map(Candidate::name)
        .toList();
  }

  /**
   * Returns the end of a message that says that a name is none, such as {@code the nearest are
   * "conv1", "conv2"}; if none is near, some that there are, or {@code there is none}.
   */
  public static String hint(String wanted, Collection<String> names) {
    return hint(wanted, names, null);
  }

  /**
   * Returns the end of a message as {@link #hint(String, Collection)} does.
   *
   * @param list what lists all names, such as {@code model.variables()}: added where the message
   *     leaves names out and none is near
   */
  public static String hint(String wanted, Collection<String> names, @Nullable String list) {
    List<String> nearest = of(wanted, names);
    if (!nearest.isEmpty()) {
      return (nearest.size() == 1 ? "the nearest is " : "the nearest are ") + quoted(nearest);
    }
    List<String> all = names.stream().distinct().toList();
    if (all.isEmpty()) {
      return "there is none";
    }
    if (all.size() <= LISTED) {
      return (all.size() == 1 ? "there is only " : "there are only ") + quoted(all);
    }
    String some = quoted(all.subList(0, LISTED));
    return "there are %d, none of them near: %s, ...%s"
        .formatted(all.size(), some, list == null ? "" : "; " + list + " lists them all");
  }

  private static String quoted(List<String> names) {
    return names.stream().map(name -> '"' + name + '"').collect(Collectors.joining(", "));
  }

  private static boolean isNear(String wanted, Candidate candidate) {
    String name = lower(candidate.name);
    int longer = Math.max(wanted.length(), name.length());
    boolean part = name.contains(wanted) || wanted.contains(name);
    return candidate.distance <= Math.max(1, longer / LETTERS_FOR_ONE)
        || (part && Math.min(wanted.length(), name.length()) >= SHORTEST_PART);
  }

  private record Candidate(String name, int distance) {}

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  /** Levenshtein distance, a row at a time. */
  private static int distance(String one, String two) {
    int[] row = new int[two.length() + 1];
    for (int j = 0; j <= two.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= one.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= two.length(); j++) {
        int substituted = diagonal + (one.charAt(i - 1) == two.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substituted, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[two.length()];
  }
}
