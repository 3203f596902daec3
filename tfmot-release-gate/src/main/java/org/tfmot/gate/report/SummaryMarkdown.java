package org.tfmot.gate.report;

import java.util.List;
import org.tfmot.gate.engine.ClaimVerdict;
import org.tfmot.gate.engine.GateResult;

/** The result as a comment on a change, or the summary of a job. */
final class SummaryMarkdown {

  /** By this a job finds its earlier comment. */
  static final String MARKER = "<!-- gate:summary -->";

  private SummaryMarkdown() {}

  static String render(GateDocument document) {
    GateResult result = document.result();
    StringBuilder out = new StringBuilder();
    out.append(MARKER)
        .append("\n## Release gate: %s, %s\n\n".formatted(verdict(result), document.message()))
        .append("`%s`, %s".formatted(document.project(), document.time()))
        .append(result.shard().equals("1/1") ? "" : ", shard " + result.shard())
        .append(
            "\n\n| Claim | State | Runs | Estimate | Floor | Documented | Evidence | On call |\n")
        .append("|---|---|---|---|---|---|---|---|\n");
    for (ClaimVerdict v : result.verdicts()) {
      out.append(
          "| `%s` | **%s** | %d | %s | %s | %s | %s | %s |\n"
              .formatted(
                  v.id(),
                  Words.state(v.state()),
                  v.runs().size(),
                  (Words.estimate(v) + " " + Words.interval(v)).strip(),
                  v.text(v.floor()),
                  v.text(v.documented()),
                  Words.evidence(v),
                  cell(v.owner().name())));
    }
    List<String> problems = result.problems();
    if (!problems.isEmpty()) {
      out.append("\n### What stands in the way\n\n");
      problems.forEach(problem -> out.append("- ").append(line(problem)).append('\n'));
    }
    return out.toString();
  }

  static String verdict(GateResult result) {
    return result.released() ? "released" : "blocked";
  }

  private static String line(String text) {
    return text.replaceAll("\\s+", " ").replace("<", "&lt;");
  }

  private static String cell(String text) {
    return line(text).replace("|", "\\|");
  }
}
