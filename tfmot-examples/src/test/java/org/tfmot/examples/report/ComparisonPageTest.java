package org.tfmot.examples.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class ComparisonPageTest {
  @Test
  void writeHtml_sixVariants_showsEachWithItsNumbers(@TempDir Path folder) throws Exception {
    String text =
        parsed(written(folder, Samples.full().build())).getDocumentElement().getTextContent();
    for (VariantResult v : Samples.full().build().variants()) {
      assertTrue(text.contains(v.variant()), v.variant());
      assertTrue(text.contains(Numbers.percent(v.top1(), 2)), v.variant());
      assertTrue(text.contains(Numbers.kilobytes(v.gzipBytes())), v.variant());
      assertTrue(text.contains(v.recipe()), v.variant());
    }
    assertTrue(text.contains("no quantized pattern"));
    assertTrue(text.contains("resnet20/stage3/block2/conv1/kernel"));
  }

  @Test
  void writeHtml_everyPart_hasItsPictures(@TempDir Path folder) throws Exception {
    Document page = parsed(written(folder, Samples.full().build()));
    List<String> labels = new ArrayList<>();
    for (Element svg : elements(page, "svg")) {
      assertEquals("img", svg.getAttribute("role"));
      labels.add(svg.getAttribute("aria-label"));
    }
    assertEquals(1, labels.stream().filter(l -> l.startsWith("Top-1 accuracy")).count());
    assertEquals(1, labels.stream().filter(l -> l.startsWith("Median latency")).count());
    assertEquals(4, labels.stream().filter(l -> l.startsWith("loss of")).count());
    assertEquals(4, labels.stream().filter(l -> l.startsWith("held-out top-1")).count());
    assertEquals(2, labels.stream().filter(l -> l.startsWith("Sparsity per layer")).count());
    assertEquals(6 * 20, labels.stream().filter(l -> l.startsWith("Histogram of")).count());
  }

  @Test
  void writeHtml_noisyLatencies_stayInTheirPicture(@TempDir Path folder) throws Exception {
    VariantResult v = Samples.variant("noisy", 0.9, 10, 10, 500);
    ComparisonReport report =
        Samples.small()
            .variant(
                new VariantResult(
                    v.variant(),
                    v.top1(),
                    v.testImages(),
                    v.tfliteBytes(),
                    v.gzipBytes(),
                    v.zeroFraction(),
                    v.latency(),
                    new VariantResult.Latency(900, 400, 9000),
                    null,
                    v.file(),
                    v.recipe()))
            .build();
    int whiskers = 0;
    for (Element line : elements(parsed(written(folder, report)), "line")) {
      if (line.getAttribute("class").equals("range")) {
        whiskers++;
        assertTrue(Double.parseDouble(line.getAttribute("x2")) <= 480, line.getAttribute("x2"));
      }
    }
    assertEquals(4, whiskers);
  }

  @Test
  void writeHtml_equalPercentages_haveAnAxisUpTo100(@TempDir Path folder) throws Exception {
    List<TrainingCurve.Point> equal =
        List.of(new TrainingCurve.Point(1, 0.98), new TrainingCurve.Point(2, 0.98));
    ComparisonReport report =
        Samples.small().curve(new TrainingCurve("qat-int8", equal, equal)).build();
    for (Element svg : elements(parsed(written(folder, report)), "svg")) {
      if (svg.getAttribute("aria-label").startsWith("held-out top-1")) {
        NodeList labels = svg.getElementsByTagName("text");
        for (int i = 0; i < labels.getLength(); i++) {
          String label = labels.item(i).getTextContent();
          assertTrue(!label.matches("[0-9.]+") || Double.parseDouble(label) <= 100, label);
        }
      }
    }
  }

  @Test
  void writeHtml_needsNothingFromOutside(@TempDir Path folder) throws Exception {
    String html = written(folder, Samples.full().build());
    assertFalse(html.contains("http:") || html.contains("https:") || html.contains("//"), "urls");
    assertFalse(html.contains("@import") || html.contains("url("), "style resources");
    Document page = parsed(html);
    for (String tag : List.of("script", "link", "img", "iframe", "object", "image", "use")) {
      assertEquals(0, elements(page, tag).size(), tag);
    }
    for (Element a : elements(page, "a")) {
      assertTrue(a.getAttribute("href").startsWith("./models/"), a.getAttribute("href"));
    }
  }

  @Test
  void writeHtml_emptyElements_areOnlyThoseThatHtmlAllows(@TempDir Path folder) throws Exception {
    // A self-closed <span/> is an open tag to an HTML parser and would swallow what follows.
    Set<String> allowed = Set.of("meta", "line", "path");
    var matcher = Pattern.compile("<(\\w+)[^>]*/>").matcher(fullPage(folder));
    while (matcher.find()) {
      assertTrue(allowed.contains(matcher.group(1)), matcher.group());
    }
  }

  @Test
  void writeHtml_coordinates_areFinite(@TempDir Path folder) throws Exception {
    String html = fullPage(folder);
    assertFalse(html.contains("NaN") || html.contains("Infinity"));
  }

  @Test
  void writeHtml_hostileTexts_areText(@TempDir Path folder) throws Exception {
    String attack = "<script>alert('1')</script>\" onload=\"x";
    ComparisonReport report =
        ComparisonReport.builder(attack + " &amp; title")
            .environment(new RunEnvironment(attack, 1, attack, attack, attack, attack))
            .variant(Samples.variant("float", 0.9, 10, 10, 10))
            .variant(
                new VariantResult(
                    attack,
                    0.8,
                    10_000,
                    5,
                    5,
                    0,
                    new VariantResult.Latency(5, 5, 5),
                    null,
                    null,
                    Path.of("javascript:alert(1)%2f<b>.tflite"),
                    attack))
            .curve(new TrainingCurve(attack, List.of(new TrainingCurve.Point(1, 0.5)), List.of()))
            .layer(LayerSummary.of(attack, attack, List.of(2), new float[] {0, 1}))
            .skipped(new SkippedOp(attack, attack, attack, attack + "\uFFFE"))
            .build();
    String html = written(folder, report);
    assertFalse(html.contains("<script"), "raw script element");
    Document page = parsed(html);
    assertEquals(attack + " &amp; title", elements(page, "h1").get(0).getTextContent());
    for (String tag : List.of("svg", "text", "rect", "th", "td")) {
      for (Element element : elements(page, tag)) {
        assertFalse(element.hasAttribute("onload"), tag);
      }
    }
    Element link = elements(page, "a").get(1);
    assertEquals("./javascript:alert(1)%252f%3Cb%3E.tflite", link.getAttribute("href"));
  }

  @Test
  void writeHtml_onlyTheFloatVariant_isAPage(@TempDir Path folder) throws Exception {
    ComparisonReport report =
        ComparisonReport.builder("t")
            .environment(Samples.environment())
            .variant(Samples.variant("float", 1, 10, 10, 10))
            .build();
    String html = written(folder, report);
    assertFalse(html.contains("NaN"));
    assertEquals(2, elements(parsed(html), "svg").size());
  }

  @Test
  void writeHtml_equalVariants_haveLabelsThatDoNotOverlap(@TempDir Path folder) throws Exception {
    ComparisonReport.Builder builder =
        ComparisonReport.builder("t").environment(Samples.environment());
    for (String name : Samples.NAMES) {
      builder.variant(Samples.variant(name, 0, 1000, 900, 10));
    }
    Element picture = elements(parsed(written(folder, builder.build())), "svg").get(0);
    List<Double> heights = new ArrayList<>();
    NodeList texts = picture.getElementsByTagName("text");
    for (int i = 0; i < texts.getLength(); i++) {
      Element text = (Element) texts.item(i);
      if (text.getAttribute("class").startsWith("name")) {
        heights.add(Double.valueOf(text.getAttribute("y")));
      }
    }
    assertEquals(6, heights.size());
    heights.sort(null);
    for (int i = 1; i < 6; i++) {
      assertTrue(heights.get(i) - heights.get(i - 1) >= 14.9, heights.toString());
    }
  }

  @Test
  void writeHtml_fastMode_warnsWithTheNumberOfTestImages(@TempDir Path folder) throws Exception {
    String html = written(folder, Samples.full().mode(ComparisonReport.Mode.FAST).build());
    assertTrue(html.contains("part of the test set: 10,000 test images"));
    assertTrue(html.contains("top-1 (TFLite, fast run, 10,000 test images)"));
  }

  private static String fullPage(Path folder) throws IOException {
    return written(folder, Samples.full().build());
  }

  private static String written(Path folder, ComparisonReport report) throws IOException {
    Path file = folder.resolve("report.html");
    report.writeHtml(file);
    return Files.readString(file);
  }

  private static Document parsed(String html) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(html)));
  }

  private static List<Element> elements(Document page, String tag) {
    NodeList found = page.getElementsByTagName(tag);
    List<Element> elements = new ArrayList<>();
    for (int i = 0; i < found.getLength(); i++) {
      elements.add((Element) found.item(i));
    }
    return elements;
  }
}
