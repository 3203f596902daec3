package org.tfmot.gate.report;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.tfmot.gate.attestation.ClaimState;
import org.tfmot.gate.engine.ClaimVerdict;
import org.tfmot.gate.engine.GateResult;
import org.tfmot.gate.engine.RunValue;
import org.tfmot.gate.page.Markup;

/**
 * The result as JUnit XML: a suite for each technique, a case for each claim. What is not decided
 * is an error, never skipped: viewers show what is skipped as green.
 */
final class JunitXml {

  private final Markup xml = Markup.xml();

  private JunitXml() {}

  static String render(GateDocument document) {
    return new JunitXml().all(document);
  }

  private String all(GateDocument document) {
    GateResult result = document.result();
    xml.open("testsuites", "name", "release gate of " + document.project());
    Map<String, List<ClaimVerdict>> techniques =
        result.verdicts().stream()
            .collect(
                Collectors.groupingBy(ClaimVerdict::technique, TreeMap::new, Collectors.toList()));
    techniques.forEach((technique, verdicts) -> technique(technique, verdicts, document.time()));
    problems("coverage", result.coverageProblems());
    problems("registration", result.refusals());
    xml.close().newline();
    return xml.toString();
  }

  private void technique(String technique, List<ClaimVerdict> verdicts, String time) {
    long failures = verdicts.stream().filter(v -> v.state() == ClaimState.FAIL).count();
    long passes = verdicts.stream().filter(v -> v.state() == ClaimState.PASS).count();
    xml.open(
        "testsuite",
        "name",
        technique,
        "tests",
        verdicts.size(),
        "failures",
        failures,
        "errors",
        verdicts.size() - failures - passes,
        "skipped",
        0,
        "timestamp",
        time);
    verdicts.forEach(this::claim);
    xml.close().newline();
  }

  private void claim(ClaimVerdict verdict) {
    double seconds = verdict.runs().stream().mapToDouble(RunValue::seconds).sum();
    xml.open(
        "testcase",
        "name",
        verdict.id(),
        "classname",
        verdict.claim().test().replace('#', '.'),
        "time",
        String.format(Locale.ROOT, "%.3f", seconds));
    xml.open("properties");
    property("state", verdict.state().name());
    property("n", Integer.toString(verdict.runs().size()));
    property("estimate", Words.estimate(verdict));
    property("ci", Words.interval(verdict));
    property("floor", verdict.text(verdict.floor()));
    property("documented", verdict.text(verdict.documented()));
    property("evidence", Words.evidence(verdict));
    property("voids", Integer.toString(verdict.voids()));
    property("owner", verdict.owner().name());
    xml.close().newline();
    if (!Words.passes(verdict.state())) {
      String next = verdict.command().isEmpty() ? "" : "\nNext: " + verdict.command();
      xml.element(
          verdict.state() == ClaimState.FAIL ? "failure" : "error",
          verdict.sentence() + next,
          "type",
          Words.type(verdict.state()),
          "message",
          verdict.sentence());
    }
    xml.close().newline();
  }

  private void property(String name, String value) {
    xml.empty("property", "name", name, "value", value).newline();
  }

  private void problems(String suite, List<String> problems) {
    if (problems.isEmpty()) {
      return;
    }
    int count = problems.size();
    xml.open(
        "testsuite", "name", suite, "tests", count, "failures", 0, "errors", count, "skipped", 0);
    for (int i = 0; i < count; i++) {
      xml.open("testcase", "name", suite + " " + (i + 1), "classname", "gate." + suite);
      xml.element("error", problems.get(i), "type", suite, "message", problems.get(i));
      xml.close().newline();
    }
    xml.close().newline();
  }
}
