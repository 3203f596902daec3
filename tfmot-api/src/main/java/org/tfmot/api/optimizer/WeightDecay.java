package org.tfmot.api.optimizer;

import static java.lang.System.Logger.Level.WARNING;

import com.google.common.base.Splitter;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.apiguardian.api.API;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.Arguments;
import org.tfmot.api.graph.NearestNames;
import org.tfmot.api.graph.RegularExpressions;

/**
 * Decoupled weight decay: how much of a weight a step takes away, and from which. Patterns are
 * regular expressions that are searched for in a variable's name, as in Official Models. What is
 * included decays whatever is excluded; other trainable variables decay unless they are excluded.
 *
 * @param rate at least 0; a step takes {@code learningRate * rate * w} from a weight w
 * @param include patterns of variables that decay
 * @param exclude patterns of variables that do not, such as {@code bias} and {@code batch_norm}
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public record WeightDecay(double rate, List<String> include, List<String> exclude) {

  private static final System.Logger LOG = System.getLogger(WeightDecay.class.getName());

  /** No weight decays. */
  public static final WeightDecay NONE = new WeightDecay(0, List.of(), List.of());

  /**
   * Refuses values out of range.
   *
   * @throws IllegalArgumentException if the rate is negative or not finite, or a pattern is not a
   *     regular expression
   */
  public WeightDecay {
    Arguments.require(include, "include");
    Arguments.require(exclude, "exclude");
    Checks.atLeastZero("the weight decay", rate);
    include = List.copyOf(include);
    exclude = List.copyOf(exclude);
    include.forEach(RegularExpressions::compile);
    exclude.forEach(RegularExpressions::compile);
  }

  /** Returns the decay of all trainable variables that no pattern excludes. */
  public static WeightDecay of(double rate, String... exclude) {
    Arguments.require(exclude, "exclude");
    return new WeightDecay(rate, List.of(), List.of(exclude));
  }

  /** Returns whether a variable decays. */
  public boolean appliesTo(String variable) {
    return rate > 0 && (matches(include, variable) || !matches(exclude, variable));
  }

  /** Verifies that a decay is meant for a model; see {@link Optimizer#requireFits}. */
  void requireFits(Collection<Variable> variables) {
    List<String> names = variables.stream().map(Variable::name).toList();
    for (String pattern : include) {
      if (names.stream().noneMatch(name -> matches(List.of(pattern), name))) {
        throw unmatched("decay only where a name has", List.of(pattern), names);
      }
    }
    verifyExclusion("decay except where a name has", exclude, names);
  }

  /**
   * Verifies patterns of names that something is not done to. Models share such lists, and one
   * without biases and norms has nothing to exclude: that is said. A pattern that is nearly a name
   * is refused, as it is probably a typing error.
   */
  static void verifyExclusion(String role, List<String> patterns, List<String> names) {
    if (patterns.isEmpty() || names.stream().anyMatch(name -> matches(patterns, name))) {
      return;
    }
    IllegalArgumentException unmatched = unmatched(role, patterns, names);
    Set<String> parts = new LinkedHashSet<>();
    names.forEach(name -> parts.addAll(Splitter.on('/').splitToList(name)));
    if (patterns.stream().anyMatch(pattern -> !NearestNames.of(pattern, parts).isEmpty())) {
      throw unmatched;
    }
    LOG.log(WARNING, unmatched.getMessage());
  }

  private static IllegalArgumentException unmatched(
      String role, List<String> patterns, List<String> names) {
    return new IllegalArgumentException(
        "weights are to %s %s, but no variable of the model has; %s"
            .formatted(role, patterns, NearestNames.hint(patterns.get(0), names)));
  }

  static boolean matches(List<String> patterns, String variable) {
    return patterns.stream().anyMatch(p -> Pattern.compile(p).matcher(variable).find());
  }
}
