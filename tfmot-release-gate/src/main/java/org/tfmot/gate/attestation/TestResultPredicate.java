package org.tfmot.gate.attestation;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;
import org.tfmot.gate.json.Digest;

/**
 * The predicate of in-toto's test-result statement: the same outcome for those who do not know this
 * gate. It knows no INCONCLUSIVE; whatever is not PASS is a failed test.
 *
 * @param result PASSED if every claim passed, else FAILED
 * @param configuration what the tests were configured with: claims, class path, data
 * @param passedTests ids of the claims that passed
 * @param warnedTests always empty: a benefit is proven or it is not
 * @param failedTests ids of all others
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record TestResultPredicate(
    Result result,
    List<Resource> configuration,
    List<String> passedTests,
    List<String> warnedTests,
    List<String> failedTests) {

  /** Its type in a statement. */
  public static final String TYPE = "https://in-toto.io/attestation/test-result/v0.1";

  /** The results that in-toto knows. */
  public enum Result {
    /** All tests passed. */
    PASSED,
    /** Some passed with a warning; not written by this gate. */
    WARNED,
    /** Some did not pass. */
    FAILED
  }

  /**
   * A resource descriptor.
   *
   * @param name what it is
   * @param digest algorithm to hexadecimal digits
   */
  public record Resource(String name, Map<String, String> digest) {

    /** Copies the map. */
    public Resource {
      digest = Map.copyOf(digest);
    }
  }

  /** Copies the lists. */
  public TestResultPredicate {
    configuration = List.copyOf(configuration);
    passedTests = List.copyOf(passedTests);
    warnedTests = List.copyOf(warnedTests);
    failedTests = List.copyOf(failedTests);
  }

  /** Returns a gate's outcome in this form. */
  public static TestResultPredicate of(ConvergencePredicate convergence) {
    List<String> passed = ids(convergence, true);
    List<String> failed = ids(convergence, false);
    List<Resource> configuration = new ArrayList<>();
    convergence
        .claimsDigests()
        .forEach((technique, digest) -> configuration.add(of("claims of " + technique, digest)));
    convergence.inputs().forEach((name, digest) -> configuration.add(of(name, digest)));
    return new TestResultPredicate(
        failed.isEmpty() ? Result.PASSED : Result.FAILED, configuration, passed, List.of(), failed);
  }

  private static Resource of(String name, Digest digest) {
    return new Resource(name, Map.of("sha256", digest.hex()));
  }

  private static List<String> ids(ConvergencePredicate convergence, boolean passed) {
    return convergence.claims().stream()
        .filter(claim -> (claim.decision() == ClaimState.PASS) == passed)
        .map(AttestedClaim::id)
        .sorted()
        .toList();
  }
}
