package org.tfmot.gate.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.engine.ClaimVerdict;
import org.tfmot.gate.engine.FakeRunner;
import org.tfmot.gate.engine.RunValue;
import org.tfmot.gate.engine.Toy;
import org.tfmot.gate.json.Json;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/** The page, read as XML. */
class HtmlReportTest {

  @TempDir Path folder;

  private static Document page(GateDocument document) throws Exception {
    return Dom.parse(HtmlReport.render(document));
  }

  @Test
  void page_healthyGate_saysSo() throws Exception {
    Document page = page(Sample.healthy(folder));
    assertEquals("✓ RELEASED", Dom.one(page, "//header//strong").getTextContent());
    assertEquals(0, Dom.count(page, "//div[contains(@class,'problems')]"));
    assertEquals(3, Dom.count(page, "//table[@aria-labelledby='overview']/tbody/tr"));
    assertEquals(
        3, Dom.count(page, "//table[@aria-labelledby='overview']//span[@class='state pass']"));
  }

  @Test
  void page_brokenGate_namesWhatStandsInTheWay() throws Exception {
    GateDocument document = Sample.broken(folder);
    Document page = page(document);
    assertEquals("✕ BLOCKED", Dom.one(page, "//header//strong").getTextContent());
    List<Element> problems = Dom.all(page, "//div[contains(@class,'problems')]//li");
    assertEquals(document.result().problems().size(), problems.size());
    assertTrue(
        problems.stream().anyMatch(li -> li.getTextContent().contains("zeros is lost")),
        "the lost claim");
    assertEquals(
        "mvn package gate:debug -Dgate.claim=pruning/toy/zeros",
        Dom.one(page, "//section[@id='claim-pruning__toy__zeros']/p/code").getTextContent());
  }

  @Test
  void page_everyClaim_hasItsPictures() throws Exception {
    GateDocument document = Sample.broken(folder);
    Document page = page(document);
    for (ClaimVerdict verdict : document.result().verdicts()) {
      String section = "//section[@id='claim-%s']".formatted(Words.slug(verdict.id()));
      int exact = verdict.evidence() == null ? 1 : 0;
      assertEquals(3 - exact, Dom.count(page, section + "//figure/svg"), verdict.id());
      assertEquals(
          verdict.runs().size(),
          Dom.count(page, section + "//svg[starts-with(@aria-labelledby,'curves-')]/polyline"));
      assertEquals(
          verdict.runs().size() + 1,
          Dom.count(page, section + "//svg[starts-with(@aria-labelledby,'forest-')]/circle"));
      assertEquals(
          verdict.interval() == null ? 0 : 1,
          Dom.count(page, section + "//svg//line[@class='interval']"));
      assertEquals(verdict.runs().size(), Dom.count(page, section + "//tbody/tr"));
    }
  }

  @Test
  void page_evidence_isBetweenItsBoundariesOnALogarithmicScale() throws Exception {
    GateDocument document = Sample.healthy(folder);
    ClaimVerdict accuracy = document.result().verdicts().get(0);
    Document page = page(document);
    Element svg =
        Dom.one(page, "//svg[starts-with(@aria-labelledby,'evidence-pruning__toy__accuracy')]");
    double pass = y(svg, "line[@class='level pass']/@y1");
    double fail = y(svg, "line[@class='level fail']/@y1");
    // Two points of a logarithmic axis give all others.
    double upper = Math.log(accuracy.evidence().upper());
    double lower = Math.log(accuracy.evidence().lower());
    String[] points = Dom.one(svg, "polyline[@class='evidence']").getAttribute("points").split(" ");
    assertEquals(accuracy.runs().size() + 1, points.length);
    for (int i = 0; i < points.length; i++) {
      double log = i == 0 ? 0 : accuracy.runs().get(i - 1).logEvidence();
      double expected = fail + (log - lower) / (upper - lower) * (pass - fail);
      assertEquals(expected, Double.parseDouble(points[i].split(",")[1]), 0.2, "run " + i);
    }
    assertTrue(Dom.count(svg, "text[@class='tick']") > 6);
  }

  private static double y(Element svg, String path) throws Exception {
    return Double.parseDouble(
        javax.xml.xpath.XPathFactory.newInstance().newXPath().evaluate(path, svg));
  }

  @Test
  void page_everyPicture_isNamedForThoseWhoCannotSeeIt() throws Exception {
    Document page = page(Sample.broken(folder));
    List<Element> pictures = Dom.all(page, "//svg");
    assertTrue(pictures.size() >= 11, "pictures: " + pictures.size());
    for (Element svg : pictures) {
      assertEquals("img", svg.getAttribute("role"));
      for (String id : svg.getAttribute("aria-labelledby").split(" ")) {
        Element name = Dom.one(page, "//*[@id='%s']".formatted(id));
        assertFalse(name.getTextContent().isBlank(), id);
      }
    }
    Set<String> ids = new HashSet<>();
    for (Element element : Dom.all(page, "//*[@id]")) {
      assertTrue(ids.add(element.getAttribute("id")), element.getAttribute("id"));
    }
    for (Element link : Dom.all(page, "//a")) {
      assertTrue(ids.contains(link.getAttribute("href").substring(1)), link.getAttribute("href"));
    }
    for (Element section : Dom.all(page, "//*[@aria-labelledby]")) {
      assertTrue(ids.contains(section.getAttribute("aria-labelledby").split(" ")[0]));
    }
    assertEquals(0, Dom.count(page, "//th[not(@scope)]"));
    assertEquals("en", page.getDocumentElement().getAttribute("lang"));
  }

  @Test
  void page_isSelfContained() throws Exception {
    String html = HtmlReport.render(Sample.broken(folder));
    Document page = Dom.parse(html);
    assertEquals(0, Dom.count(page, "//script | //link | //img | //iframe | //object"));
    assertEquals(0, Dom.count(page, "//*[@src or @onclick or @onload or @style]"));
    String style = Dom.one(page, "//style").getTextContent();
    assertFalse(style.contains("url(") || style.contains("@import"), "style");
    assertTrue(style.contains("prefers-color-scheme: dark"));
    String rest =
        html.replace("http://www.w3.org/1999/xhtml", "").replace("http://www.w3.org/2000/svg", "");
    assertFalse(rest.contains("http://") || rest.contains("https://"), "an address");
  }

  @Test
  void page_approvals_areATimeline() throws Exception {
    Document page = page(Sample.healthy(folder));
    List<Element> steps = Dom.all(page, "//ol[@class='timeline']/li");
    assertEquals(3, steps.size());
    assertEquals("2026-01-05T09:00:00Z", Dom.one(steps.get(0), "time").getAttribute("datetime"));
    assertEquals("void", steps.get(1).getAttribute("class"));
    assertTrue(steps.get(1).getTextContent().contains("void: the commit is now 2222222"));
    GateDocument document = Sample.healthy(folder);
    GateDocument without =
        new GateDocument(
            1,
            document.project(),
            document.gate(),
            document.time(),
            document.result(),
            document.curves(),
            new java.util.TreeMap<>());
    assertEquals(0, Dom.count(page(without), "//ol"));
  }

  @Test
  void page_hostileText_staysText() throws Exception {
    GateDocument document = Sample.healthy(folder);
    String hostile = "</style><script>alert(1)</script>\u0000 & \"quoted\"";
    GateDocument changed =
        new GateDocument(
            1,
            hostile,
            document.gate(),
            document.time(),
            document.result(),
            document.curves(),
            document.approvals());
    Document page = page(changed);
    assertEquals(0, Dom.count(page, "//script"));
    assertTrue(Dom.one(page, "//p[@class='facts']").getTextContent().contains("<script>alert(1)"));
    Dom.parse(JunitXml.render(changed));
  }

  @Test
  void page_divergedRunsAndInfiniteReports_areDrawn() throws Exception {
    FakeRunner runner = Toy.runner(0, 0.8).with("accuracy", random -> Double.NaN);
    GateDocument document = Sample.document(folder, runner);
    Document page = page(document);
    assertFalse(HtmlReport.render(document).contains("NaN,"), "a coordinate");
    for (Element line : Dom.all(page, "//polyline")) {
      assertTrue(line.getAttribute("points").matches("[0-9., -]*"), line.getAttribute("points"));
    }
    Json.write(folder.resolve("gate.json"), document);
    assertEquals(
        document.curves().size(),
        Json.read(folder.resolve("gate.json"), GateDocument.class).curves().size());
    for (ClaimVerdict verdict : document.result().verdicts()) {
      for (RunValue run : verdict.runs()) {
        assertTrue(Double.isFinite(run.value()));
      }
    }
  }

  @Test
  void scale_ticks_areRoundAndInside() {
    assertEquals("[0, 20, 40, 60, 80, 100]", ticks(new Scale(0, 100, 0, 1)));
    assertEquals("[-0.01, -0.005, 0]", ticks(new Scale(-0.0121, 0.0041, 0, 1)));
    assertEquals("[500, 1000, 1500, 2000, 2500]", ticks(new Scale(400, 2900, 0, 1)));
    assertEquals("[2E+6, 3E+6, 4E+6, 5E+6]", ticks(new Scale(1.5e6, 5.9e6, 0, 1)));
    Scale flat = Scale.around(List.of(5.0, 5.0), 0, 100);
    assertEquals(50, flat.at(5), 1e-9);
    Scale none = Scale.around(List.of(Double.NaN, Double.POSITIVE_INFINITY), 0, 100);
    assertEquals(100, none.at(1));
  }

  private static String ticks(Scale scale) {
    return scale.ticks(5).stream().map(Scale::text).toList().toString();
  }
}
