package org.tfmot.api.graph;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.apiguardian.api.API;

/** Compiles regular expressions that users wrote. */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class RegularExpressions {

  private RegularExpressions() {}

  /**
   * Compiles an expression.
   *
   * @throws IllegalArgumentException if it is none, with the place and the reason in one line
   */
  public static Pattern compile(String expression) {
    try {
      return Pattern.compile(expression);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "\"%s\" is not a regular expression: %s%s; put a \\ before a character that is meant literally"
              .formatted(
                  expression,
                  e.getDescription(),
                  e.getIndex() < 0 ? "" : " at character " + e.getIndex()),
          e);
    }
  }
}
