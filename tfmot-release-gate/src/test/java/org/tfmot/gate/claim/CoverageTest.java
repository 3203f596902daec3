package org.tfmot.gate.claim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CoverageTest {

  private final Map<String, Set<String>> tests = new HashMap<>();

  @BeforeEach
  void allIsWell() {
    for (Claim claim : Claims.pruning().claims()) {
      tests.put(claim.test(), Set.of(claim.id()));
    }
  }

  private String onlyProblem() {
    List<String> problems = Coverage.problems(List.of(Claims.pruning()), tests);
    assertEquals(1, problems.size(), problems::toString);
    return problems.get(0);
  }

  @Test
  void problems_eachClaimItsTest_none() {
    assertEquals(List.of(), Coverage.problems(List.of(Claims.pruning()), tests));
  }

  @Test
  void problems_claimWithoutTest_isNamed() {
    tests.remove("train-resnet");
    assertTrue(
        onlyProblem()
            .contains("claim pruning/resnet/reaches has no test: train-resnet does not exist"));
  }

  @Test
  void problems_testThatDoesNotNameItsClaim_isNamed() {
    tests.put("train-resnet", Set.of("pruning/resnet/accuracy"));
    List<String> problems = Coverage.problems(List.of(Claims.pruning()), tests);
    assertEquals(2, problems.size(), problems::toString);
    assertTrue(problems.get(0).contains("train-resnet does not name it"), problems.get(0));
    assertTrue(problems.get(1).contains("whose test is org.example.PruningTest#accuracy"));
  }

  @Test
  void problems_testWithoutClaim_isNamed() {
    tests.put("org.example.PruningTest#speed", Set.of("pruning/resnet/speed"));
    String problem = onlyProblem();
    assertTrue(problem.contains("org.example.PruningTest#speed"), problem);
    assertTrue(problem.contains("no descriptor states pruning/resnet/speed"), problem);
  }

  @Test
  void problems_testOfNothing_isNamed() {
    tests.put("org.example.PruningTest#speed", Set.of());
    assertTrue(onlyProblem().contains("proves no claim"));
  }
}
