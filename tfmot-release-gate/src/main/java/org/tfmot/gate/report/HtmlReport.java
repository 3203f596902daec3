package org.tfmot.gate.report;

import java.util.List;
import java.util.Locale;
import org.tfmot.gate.attestation.ClaimState;
import org.tfmot.gate.engine.ClaimVerdict;
import org.tfmot.gate.engine.EvidenceLevel;
import org.tfmot.gate.engine.GateResult;
import org.tfmot.gate.engine.RunValue;
import org.tfmot.gate.page.Markup;
import org.tfmot.gate.process.TimelineEntry;

/**
 * The page: one file without scripts and without anything from elsewhere, well-formed XML, so that
 * a test can read it.
 */
final class HtmlReport {

  private final GateDocument document;
  private final Markup html = Markup.html();

  private HtmlReport(GateDocument document) {
    this.document = document;
  }

  static String render(GateDocument document) {
    return new HtmlReport(document).page();
  }

  private String page() {
    GateResult result = document.result();
    html.open("html", "xmlns", "http://www.w3.org/1999/xhtml", "lang", "en");
    html.open("head");
    html.empty("meta", "charset", "UTF-8");
    html.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
    html.element(
        "title",
        "Release gate of %s: %s".formatted(document.project(), SummaryMarkdown.verdict(result)));
    html.style(HtmlReport.class, "gate-report.css").newline();
    html.close();
    html.open("body");
    header(result);
    html.open("main");
    problems(result);
    overview(result);
    html.element("h2", "Claims");
    result.verdicts().forEach(this::claim);
    approvals();
    html.close();
    footer(result);
    html.close();
    html.close();
    return html.toString();
  }

  private void header(GateResult result) {
    html.open("header");
    html.element("h1", "Release gate");
    html.element(
        "p",
        "%s · %s · %s%s"
            .formatted(
                document.project(),
                document.time(),
                document.gate(),
                result.shard().equals("1/1") ? "" : " · shard " + result.shard()),
        "class",
        "facts");
    html.open("div", "class", result.released() ? "banner pass" : "banner fail", "role", "status");
    html.element("strong", result.released() ? "✓ RELEASED" : "✕ BLOCKED");
    html.element("span", document.message());
    html.element(
        "span",
        "%s made now, in %s".formatted(Words.runs(result.newRuns()), duration(result.seconds())));
    html.close();
    html.close().newline();
  }

  private void problems(GateResult result) {
    if (result.problems().isEmpty()) {
      return;
    }
    html.element("h2", "What stands in the way");
    html.open("div", "class", "card problems").open("ul");
    result.coverageProblems().forEach(problem -> html.element("li", problem));
    result.refusals().forEach(problem -> html.element("li", problem));
    for (ClaimVerdict verdict : result.verdicts()) {
      if (!Words.passes(verdict.state())) {
        html.open("li").text(verdict.sentence() + " ");
        if (!verdict.command().isEmpty()) {
          html.element("code", verdict.command());
        }
        html.close();
      }
    }
    html.close().close().newline();
  }

  private void overview(GateResult result) {
    html.element("h2", "Claims and verdicts", "id", "overview");
    html.open("div", "class", "card wide");
    html.open("table", "aria-labelledby", "overview").open("thead").open("tr");
    heading("Claim", "");
    heading("Verdict", "");
    heading("Runs", "number");
    heading("Estimate", "number");
    heading("Floor to documented", "");
    heading("Evidence", "number");
    heading("On call", "");
    html.close().close().open("tbody");
    for (ClaimVerdict verdict : result.verdicts()) {
      row(verdict);
    }
    html.close().close().close().newline();
  }

  private void heading(String text, String style) {
    html.element("th", text, "scope", "col", "class", style);
  }

  private void row(ClaimVerdict verdict) {
    html.open("tr");
    html.open("td");
    html.element("a", verdict.id(), "href", "#claim-" + Words.slug(verdict.id()));
    html.close();
    html.open("td");
    state(verdict);
    html.close();
    html.element("td", Integer.toString(verdict.runs().size()), "class", "number");
    html.open("td", "class", "number").text(Words.estimate(verdict));
    if (verdict.interval() != null) {
      html.empty("br").element("small", Words.interval(verdict));
    }
    html.close();
    html.open("td");
    Double estimate = verdict.estimate();
    if (estimate == null) {
      html.text("–");
    } else {
      Charts.strip(html, verdict, estimate);
    }
    html.close();
    html.element("td", Words.evidence(verdict), "class", "number");
    html.element("td", verdict.owner().name());
    html.close().newline();
  }

  private void state(ClaimVerdict verdict) {
    String style =
        switch (verdict.state()) {
          case PASS -> "pass";
          case FAIL -> "fail";
          default -> "open";
        };
    String sign =
        verdict.state() == ClaimState.PASS
            ? "✓ "
            : verdict.state() == ClaimState.FAIL ? "✕ " : "? ";
    html.element("span", sign + Words.state(verdict.state()), "class", "state " + style);
  }

  private void claim(ClaimVerdict verdict) {
    String slug = Words.slug(verdict.id());
    html.open(
        "section", "class", "card claim", "id", "claim-" + slug, "aria-labelledby", "name-" + slug);
    html.open("div", "class", "title");
    html.element("h3", verdict.id(), "id", "name-" + slug);
    state(verdict);
    html.element("span", Words.kind(verdict), "class", "facts");
    html.close();
    html.element("p", verdict.sentence());
    if (!verdict.command().isEmpty()) {
      html.open("p").text("Next: ").element("code", verdict.command()).close();
    }
    figures(verdict);
    runs(verdict);
    html.close().newline();
  }

  private void figures(ClaimVerdict verdict) {
    List<RunCurve> curves = document.curves(verdict.id());
    EvidenceLevel level = verdict.evidence();
    Double estimate = verdict.estimate();
    if (estimate == null) {
      return;
    }
    html.open("div", "class", "figures");
    if (!curves.isEmpty()) {
      html.open("figure").element("figcaption", verdict.claim().metric() + " of each run");
      Charts.curves(html, verdict, curves);
      html.close();
    }
    if (level != null) {
      html.open("figure").element("figcaption", "Evidence for the benefit after each run");
      Charts.evidence(html, verdict, level);
      html.close();
    }
    html.open("figure").element("figcaption", "Estimate against floor and documented value");
    Charts.forest(html, verdict, estimate);
    html.close();
    html.close();
  }

  private void runs(ClaimVerdict verdict) {
    if (verdict.runs().isEmpty()) {
      return;
    }
    html.open("details");
    html.element(
        "summary",
        "%s, %d VOID, %d interrupted"
            .formatted(Words.runs(verdict.runs().size()), verdict.voids(), verdict.interrupted()));
    html.open("table").open("thead").open("tr");
    heading("Run", "number");
    heading("Seed", "number");
    heading("Status", "");
    heading("Value", "number");
    heading("Evidence", "number");
    heading("Time", "number");
    heading("Cause", "");
    html.close().close().open("tbody");
    for (RunValue run : verdict.runs()) {
      Double log = run.logEvidence();
      html.open("tr");
      html.element("td", Integer.toString(run.index()), "class", "number");
      html.element("td", Integer.toString(run.seed()), "class", "number");
      html.element("td", run.status().name());
      html.element("td", verdict.text(run.value()), "class", "number");
      html.element("td", Words.significant(log == null ? null : Math.exp(log)), "class", "number");
      html.element("td", duration(run.seconds()), "class", "number");
      html.element("td", run.cause() == null ? "" : run.cause());
      html.close();
    }
    html.close().close().close().newline();
  }

  private void approvals() {
    if (document.approvals().values().stream().allMatch(List::isEmpty)) {
      return;
    }
    html.element("h2", "Approvals");
    document
        .approvals()
        .forEach(
            (technique, steps) -> {
              if (!steps.isEmpty()) {
                html.open("div", "class", "card").element("h3", technique);
                html.open("ol", "class", "timeline");
                steps.forEach(this::step);
                html.close().close().newline();
              }
            });
  }

  private void step(TimelineEntry step) {
    html.open("li", "class", step.counts() ? "counts" : "void");
    html.element("time", step.time(), "datetime", step.time());
    html.element("strong", step.by());
    html.text(" ");
    html.element("span", step.what(), "class", "what");
    if (!step.counts()) {
      html.text(" ").element("em", "void: " + step.note());
    }
    html.close().newline();
  }

  private void footer(GateResult result) {
    html.open("footer");
    html.element(
        "p",
        "A claim passes when the evidence for it, computed again from every counted run, reaches"
            + " its upper boundary, and fails at the lower one; in between it is not decided, and"
            + " nothing is released. Intervals are 95 %, for people to read; verdicts come from the"
            + " evidence. Dashed red is the floor, dashed green the documented value.");
    html.open("p").text("Ledger: %d lines, head ".formatted(result.ledger().lines()));
    html.element("code", result.ledger().digest().value());
    html.close();
    html.close().newline();
  }

  private static String duration(double seconds) {
    if (seconds < 60) {
      return String.format(Locale.ROOT, "%.1f s", seconds);
    }
    long minutes = Math.round(seconds / 60);
    return minutes < 120 ? minutes + " min" : String.format(Locale.ROOT, "%.1f h", seconds / 3600);
  }
}
