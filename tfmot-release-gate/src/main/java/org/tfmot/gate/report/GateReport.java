package org.tfmot.gate.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.apiguardian.api.API;
import org.tfmot.gate.json.Json;

/**
 * Writes what a gate found: {@code gate.json}, and rendered from it {@code TEST-gate.xml}, {@code
 * summary.md}, {@code badge.json}, {@code curves/*.csv} and {@code report.html}.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class GateReport {

  /** The file that all others are rendered from. */
  public static final String JSON = "gate.json";

  /** The page. */
  public static final String HTML = "report.html";

  private GateReport() {}

  /** Writes all files into a folder, which is made if it is missing. */
  public static void write(Path folder, GateDocument document) throws IOException {
    Json.write(folder.resolve(JSON), document);
    render(folder);
  }

  /**
   * Renders the other files of a folder again.
   *
   * @throws org.tfmot.gate.json.InvalidJsonException if its {@code gate.json} is none
   */
  public static void render(Path folder) throws IOException {
    GateDocument document = Json.read(folder.resolve(JSON), GateDocument.class);
    text(folder.resolve("TEST-gate.xml"), JunitXml.render(document));
    text(folder.resolve("summary.md"), SummaryMarkdown.render(document));
    Json.write(folder.resolve("badge.json"), Badge.of(document));
    CurveCsv.write(folder.resolve("curves"), document);
    text(folder.resolve(HTML), HtmlReport.render(document));
  }

  private static void text(Path file, String text) throws IOException {
    Json.replace(file, text.getBytes(StandardCharsets.UTF_8));
  }
}
