package org.tfmot.gate.claim;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apiguardian.api.API;

/** Holds claims and convergence tests to each other: none without the other. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class Coverage {

  private Coverage() {}

  /**
   * Returns what does not fit, empty if all does: a claim whose test does not exist or does not
   * prove it; a test without claims, or of a claim that no descriptor states, or that names another
   * test.
   *
   * @param techniques the descriptors
   * @param tests every convergence test ({@code package.Class#method}, or a command's name) with
   *     the ids of the claims it says it proves
   */
  public static List<String> problems(
      Collection<TechniqueDescriptor> techniques, Map<String, ? extends Set<String>> tests) {
    Map<String, Claim> claims = new TreeMap<>();
    techniques.forEach(t -> t.claims().forEach(claim -> claims.put(claim.id(), claim)));
    List<String> problems = new ArrayList<>();
    for (Claim claim : claims.values()) {
      Set<String> proven = tests.get(claim.test());
      if (proven == null) {
        problems.add(
            "the claim %s has no test: %s does not exist; write it or correct \"test\""
                .formatted(claim.id(), claim.test()));
      } else if (!proven.contains(claim.id())) {
        problems.add(
            "the claim %s has no test: %s does not name it; add it to its claims"
                .formatted(claim.id(), claim.test()));
      }
    }
    new TreeMap<>(tests)
        .forEach((test, proven) -> problems.addAll(problemsOf(test, proven, claims)));
    return problems;
  }

  private static List<String> problemsOf(
      String test, Set<String> proven, Map<String, Claim> claims) {
    List<String> problems = new ArrayList<>();
    if (proven.isEmpty()) {
      problems.add(
          "the test %s proves no claim: name one, or make it an ordinary test".formatted(test));
    }
    for (String id : proven.stream().sorted().toList()) {
      Claim claim = claims.get(id);
      if (claim == null) {
        problems.add(
            "the test %s is without its claim: no descriptor states %s; state it or delete it here"
                .formatted(test, id));
      } else if (!claim.test().equals(test)) {
        problems.add(
            "the test %s names the claim %s, whose test is %s".formatted(test, id, claim.test()));
      }
    }
    return problems;
  }
}
