package org.tfmot.api.optimizer;

import java.util.Collection;
import java.util.List;
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
      requireMatch("decay only where a name has", List.of(pattern), names);
    }
    requireMatch("decay except where a name has", exclude, names);
  }

  static void requireMatch(String role, List<String> patterns, List<String> names) {
    if (!patterns.isEmpty() && names.stream().noneMatch(name -> matches(patterns, name))) {
      throw new IllegalArgumentException(
          ("weights are to %s %s, but no variable of the model has; %s; leave out what this model"
                  + " does not have")
              .formatted(role, patterns, NearestNames.hint(patterns.get(0), names)));
    }
  }

  static boolean matches(List<String> patterns, String variable) {
    return patterns.stream().anyMatch(p -> Pattern.compile(p).matcher(variable).find());
  }
}
