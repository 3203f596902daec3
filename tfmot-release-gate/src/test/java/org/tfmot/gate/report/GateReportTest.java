package org.tfmot.gate.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.engine.Toy;
import org.tfmot.gate.json.InvalidJsonException;
import org.tfmot.gate.json.Json;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/** The files beside the page. */
class GateReportTest {

  @TempDir Path folder;
  private Path out;

  @BeforeEach
  void nameFolder() {
    out = folder.resolve("gate");
  }

  @Test
  void write_everyFile_isRenderedFromTheJsonAlone() throws Exception {
    GateDocument document = Sample.broken(folder);
    GateReport.write(out, document);
    assertEquals(document, Json.read(out.resolve("gate.json"), GateDocument.class));
    TreeMap<String, String> files = new TreeMap<>();
    for (String name :
        List.of(
            "TEST-gate.xml",
            "summary.md",
            "badge.json",
            "report.html",
            "curves/pruning__toy__accuracy.csv",
            "curves/pruning__toy__zeros.csv",
            "curves/pruning__toy__reaches.csv")) {
      files.put(name, Files.readString(out.resolve(name)));
      Files.delete(out.resolve(name));
    }
    Path alone = folder.resolve("alone");
    Files.createDirectories(alone);
    Files.copy(out.resolve("gate.json"), alone.resolve("gate.json"));
    GateReport.render(alone);
    for (String name : files.keySet()) {
      assertEquals(files.get(name), Files.readString(alone.resolve(name)), name);
    }
  }

  @Test
  void render_jsonWithAForgedRelease_isRefused() throws Exception {
    GateReport.write(out, Sample.broken(folder));
    Path json = out.resolve("gate.json");
    String text = Files.readString(json);
    Files.writeString(json, text.replaceFirst("\"released\" : false", "\"released\" : true"));
    InvalidJsonException e = assertThrows(InvalidJsonException.class, () -> GateReport.render(out));
    assertTrue(e.getMessage().contains("does not follow"), e.getMessage());
  }

  @Test
  void render_otherSchema_isRefused() throws Exception {
    GateReport.write(out, Sample.healthy(folder));
    Path json = out.resolve("gate.json");
    String text = Files.readString(json);
    Files.writeString(json, text.replaceFirst("\"schemaVersion\" : 1", "\"schemaVersion\" : 2"));
    InvalidJsonException e = assertThrows(InvalidJsonException.class, () -> GateReport.render(out));
    assertTrue(e.getMessage().contains("schemaVersion is 2"), e.getMessage());
  }

  @Test
  void junit_claimsThatDoNotHold_areFailuresOrErrorsAndNeverSkipped() throws Exception {
    GateReport.write(out, Sample.broken(folder));
    Document xml = Dom.parse(Files.readString(out.resolve("TEST-gate.xml")));
    Element suite = Dom.one(xml, "//testsuite");
    assertEquals("pruning", suite.getAttribute("name"));
    assertEquals("3", suite.getAttribute("tests"));
    assertEquals("0", suite.getAttribute("skipped"));
    assertEquals(0, Dom.count(xml, "//skipped"));
    Element zeros = Dom.one(xml, "//testcase[@name='pruning/toy/zeros']/failure");
    assertEquals("benefit-lost", zeros.getAttribute("type"));
    assertTrue(
        zeros.getTextContent().contains("Next: mvn package gate:debug"), zeros.getTextContent());
    assertEquals(
        0, Dom.count(xml, "//testcase[@name='pruning/toy/accuracy']/*[not(self::properties)]"));
    assertEquals(Dom.count(xml, "//failure"), Integer.parseInt(suite.getAttribute("failures")));
    assertEquals(Dom.count(xml, "//error"), Integer.parseInt(suite.getAttribute("errors")));
    Element n =
        Dom.one(xml, "//testcase[@name='pruning/toy/zeros']/properties/property[@name='n']");
    assertEquals("1", n.getAttribute("value"));
  }

  @Test
  void junit_undecidedAndMissing_areErrors() throws Exception {
    Toy toy = new Toy(folder);
    GateDocument empty =
        GateDocument.of(
            "org.example:toy:1.0.0",
            "gate",
            "2026-01-31T00:00:00Z",
            new org.tfmot.gate.engine.Gate(toy.spec()).status(),
            toy.spec().output(),
            new TreeMap<>());
    GateReport.write(out, empty);
    Document xml = Dom.parse(Files.readString(out.resolve("TEST-gate.xml")));
    assertEquals(3, Dom.count(xml, "//error[@type='missing']"));
    assertEquals("3", Dom.one(xml, "//testsuite").getAttribute("errors"));
    JsonNode badge = Json.read(out.resolve("badge.json"), JsonNode.class);
    assertEquals("orange", badge.get("color").asText());
  }

  @Test
  void badge_isAnEndpointOfShields() throws Exception {
    GateReport.write(out, Sample.healthy(folder));
    JsonNode badge = Json.read(out.resolve("badge.json"), JsonNode.class);
    assertEquals(1, badge.get("schemaVersion").asInt());
    assertEquals("release gate", badge.get("label").asText());
    assertEquals("3 of 3 claims hold", badge.get("message").asText());
    assertEquals("brightgreen", badge.get("color").asText());
    GateReport.write(out, Sample.broken(folder.resolve("broken")));
    badge = Json.read(out.resolve("badge.json"), JsonNode.class);
    assertEquals("red", badge.get("color").asText());
  }

  @Test
  void summary_namesVerdictProblemsAndNextCommand() throws Exception {
    GateReport.write(out, Sample.broken(folder));
    String summary = Files.readString(out.resolve("summary.md"));
    assertTrue(summary.startsWith("<!-- gate:summary -->\n## Release gate: blocked"), summary);
    assertTrue(summary.contains("| `pruning/toy/zeros` | **FAIL** | 1 | 0.02 | 0.79 | 0.8 |"));
    assertTrue(summary.contains("- pruning/toy/zeros is lost"), summary);
    assertTrue(summary.contains("mvn package gate:debug -Dgate.claim=pruning/toy/zeros"), summary);
    GateReport.write(out, Sample.healthy(folder.resolve("healthy")));
    summary = Files.readString(out.resolve("summary.md"));
    assertTrue(summary.contains("released, 3 of 3 claims hold"), summary);
    assertFalse(summary.contains("stands in the way"), summary);
  }

  @Test
  void curves_asCsv_haveEveryPointOfEveryRun() throws Exception {
    GateDocument document = Sample.healthy(folder);
    GateReport.write(out, document);
    Path file = out.resolve("curves/pruning__toy__accuracy.csv");
    List<String> lines = Files.readAllLines(file);
    int runs = document.result().verdicts().get(0).runs().size();
    assertEquals("run,seed,status,metric,step,value", lines.get(0));
    assertEquals(1 + 10 * runs, lines.size());
    assertTrue(lines.get(1).matches("1,\\d+,OK,accuracy_difference,100,-?[0-9.e-]+"), lines.get(1));
    Files.writeString(out.resolve("curves/gone.csv"), "of an earlier report");
    GateReport.render(out);
    assertFalse(Files.exists(out.resolve("curves/gone.csv")));
    assertTrue(Files.exists(file));
  }

  @Test
  void document_changedCurves_areLeftOut() throws Exception {
    GateDocument whole = Sample.healthy(folder);
    Path run;
    try (var files = Files.walk(folder.resolve("out"))) {
      run = files.filter(f -> f.endsWith("curves.jsonl")).sorted().findFirst().orElseThrow();
    }
    Files.writeString(run, Files.readString(run).replaceFirst("\"value\":", "\"value\":1"));
    GateDocument changed = Sample.healthy(folder);
    assertTrue(changed.curves().size() < whole.curves().size());
  }
}
