package org.tfmot.gate.maven;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.claim.Claim;
import org.tfmot.gate.claim.TechniqueDescriptor;

/** Reads what a goal was told; every refusal names the option and what it takes. */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class GoalArguments {

  private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|\\S+");

  private GoalArguments() {}

  /**
   * A value that has to be there.
   *
   * @param option how it is given, such as {@code -Dgate.step=FINAL}
   */
  public static String required(@Nullable String value, String option) {
    if (value == null || value.isBlank()) {
      throw new IllegalArgumentException("the goal has to be told %s".formatted(option));
    }
    return value.strip();
  }

  /**
   * One of the values of an enumeration.
   *
   * @param option its name, such as {@code gate.step}
   */
  public static <E extends Enum<E>> E oneOf(Class<E> type, @Nullable String value, String option) {
    List<E> values = Arrays.asList(type.getEnumConstants());
    String name = required(value, "-D%s, one of %s".formatted(option, values));
    return values.stream()
        .filter(constant -> constant.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "-D%s=%s: it is one of %s".formatted(option, name, values)));
  }

  /** The technique of that name. */
  public static TechniqueDescriptor technique(
      List<TechniqueDescriptor> techniques, @Nullable String name) {
    List<String> known = techniques.stream().map(TechniqueDescriptor::technique).sorted().toList();
    String wanted = required(name, "-Dgate.technique, one of %s".formatted(known));
    return techniques.stream()
        .filter(technique -> technique.technique().equals(wanted))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there is no technique \"%s\" in this build: it has %s"
                        .formatted(wanted, known)));
  }

  /** The claim with that id. */
  public static Claim claim(List<TechniqueDescriptor> techniques, @Nullable String id) {
    List<Claim> claims = techniques.stream().flatMap(t -> t.claims().stream()).toList();
    List<String> known = claims.stream().map(Claim::id).sorted().toList();
    String wanted = required(id, "-Dgate.claim, one of %s".formatted(known));
    return claims.stream()
        .filter(claim -> claim.id().equals(wanted))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there is no claim \"%s\" in this build: it has %s".formatted(wanted, known)));
  }

  /** Words between spaces; what is in double quotes is one word. */
  public static List<String> words(String line) {
    List<String> words = new ArrayList<>();
    Matcher matcher = WORD.matcher(line);
    while (matcher.find()) {
      words.add(matcher.group(1) == null ? matcher.group() : matcher.group(1));
    }
    return words;
  }
}
