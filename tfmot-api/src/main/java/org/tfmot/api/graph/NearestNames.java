package org.tfmot.api.graph;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.apiguardian.api.API;

/**
 * Finds the names that somebody may have meant who gave one that is none, for error messages: first
 * those that differ by the fewest letters (Levenshtein distance, upper and lower case alike).
 */
@API(status = API.Status.INTERNAL)
public final class NearestNames {

  private static final int LISTED = 5;

  private NearestNames() {}

  /** Returns at most five of the names, the nearest first; ties in the given order. */
  public static List<String> of(String wanted, Collection<String> names) {
    return names.stream()
        .distinct()
        .map(name -> new Candidate(name, distance(lower(wanted), lower(name))))
        .sorted(Comparator.comparingInt(Candidate::distance))
        .limit(LISTED)
        .map(Candidate::name)
        .toList();
  }

  /**
   * Returns the end of a message that says that a name is none, such as {@code the nearest are
   * "conv1", "conv2"}, or {@code there is none} if there are no names at all.
   */
  public static String hint(String wanted, Collection<String> names) {
    List<String> nearest = of(wanted, names);
    if (nearest.isEmpty()) {
      return "there is none";
    }
    String quoted = nearest.stream().map(n -> '"' + n + '"').collect(Collectors.joining(", "));
    if (nearest.size() == 1) {
      return "the nearest is " + quoted;
    }
    return "the nearest are " + quoted;
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
