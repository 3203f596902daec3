package org.tfmot.gate.process;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.semver4j.Semver;

/**
 * Version requirement of a POM: {@code 1.2.0}, or one range such as {@code [1.2,2.0)}.
 *
 * @param lower its lower bound; 0.0.0 if it has none
 * @param upper its upper bound; null if it has none
 */
record VersionRequirement(
    String text, boolean range, String lower, @Nullable String upper, boolean upperIncluded) {

  private static final Pattern RANGE =
      Pattern.compile("([\\[(])\\s*([^,\\[\\]()\\s]*)\\s*(,)?\\s*([^,\\[\\]()\\s]*)\\s*([])])");

  static VersionRequirement parse(String text) {
    Matcher range = RANGE.matcher(text);
    if (!range.matches()) {
      if (text.matches(".*[\\[\\](),].*")) {
        throw new ProcessRefusedException(
            "\"%s\" is no single range; write it like [1.2.0,2.0.0)".formatted(text));
      }
      return checked(new VersionRequirement(text, false, text, null, false));
    }
    String low = range.group(2);
    if (range.group(3) == null) {
      if (!range.group(1).equals("[") || !range.group(5).equals("]")) {
        throw new ProcessRefusedException(
            "\"%s\" has one bound and is not closed; write it like [1.2.0]".formatted(text));
      }
      return checked(new VersionRequirement(text, true, low, low, true));
    }
    String high = range.group(4);
    return checked(
        new VersionRequirement(
            text,
            true,
            low.isEmpty() ? "0.0.0" : low,
            high.isEmpty() ? null : high,
            range.group(5).equals("]")));
  }

  private static VersionRequirement checked(VersionRequirement requirement) {
    Versions.lenient(requirement.lower);
    if (requirement.upper != null) {
      Versions.lenient(requirement.upper);
    }
    return requirement;
  }

  /**
   * The same requirement from a higher version on; whatever else it says is kept.
   *
   * @throws ProcessRefusedException if the version is not higher, or nothing would be left
   */
  VersionRequirement raise(Semver to) {
    if (!to.isGreaterThan(Versions.lenient(lower))) {
      throw new ProcessRefusedException(
          "the minimum version is %s already; %s does not raise it".formatted(lower, to));
    }
    if (!range) {
      return parse(to.toString());
    }
    if (text.indexOf(',') < 0) {
      return parse("[" + to + "]");
    }
    VersionRequirement raised = parse("[" + to + text.substring(text.indexOf(',')));
    if (!raised.admits(to)) {
      throw new ProcessRefusedException(
          "%s leaves no version in %s; move its upper bound first".formatted(to, text));
    }
    return raised;
  }

  /**
   * Returns whether a release fits. Without a range Maven lets a build choose any version; those up
   * to the next major one are the ones that should work.
   */
  boolean admits(Semver version) {
    Semver low = Versions.lenient(lower);
    if (version.isLowerThan(low)) {
      return false;
    }
    if (!range) {
      return version.isLowerThan(low.nextMajor());
    }
    if (upper == null) {
      return true;
    }
    Semver high = Versions.lenient(upper);
    return upperIncluded ? version.isLowerThanOrEqualTo(high) : version.isLowerThan(high);
  }
}
