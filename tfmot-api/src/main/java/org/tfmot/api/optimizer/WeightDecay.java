package org.tfmot.api.optimizer;

import java.util.List;
import java.util.regex.Pattern;
import org.apiguardian.api.API;

/**
 * Decoupled weight decay: how much of a weight a step takes away, and from which. Patterns are
 * regular expressions that are searched for in a variable's name, as in Official Models. What is
 * included decays whatever is excluded; other trainable variables decay unless they are excluded.
 *
 * @param rate at least 0; a step takes {@code learningRate * rate * w} from a weight w
 * @param include patterns of variables that decay
 * @param exclude patterns of variables that do not, such as {@code bias} and {@code batch_norm}
 */
@API(status = API.Status.EXPERIMENTAL)
public record WeightDecay(double rate, List<String> include, List<String> exclude) {

  /** No weight decays. */
  public static final WeightDecay NONE = new WeightDecay(0, List.of(), List.of());

  /**
   * Refuses values out of range.
   *
   * @throws IllegalArgumentException if the rate is negative or not finite, or a pattern is not a
   *     regular expression
   */
  public WeightDecay {
    Checks.atLeastZero("the weight decay", rate);
    include = List.copyOf(include);
    exclude = List.copyOf(exclude);
    include.forEach(Pattern::compile);
    exclude.forEach(Pattern::compile);
  }

  /** Returns the decay of all trainable variables that no pattern excludes. */
  public static WeightDecay of(double rate, String... exclude) {
    return new WeightDecay(rate, List.of(), List.of(exclude));
  }

  /** Returns whether a variable decays. */
  public boolean appliesTo(String variable) {
    return rate > 0 && (matches(include, variable) || !matches(exclude, variable));
  }

  static boolean matches(List<String> patterns, String variable) {
    return patterns.stream().anyMatch(p -> Pattern.compile(p).matcher(variable).find());
  }
}
