package org.tfmot.examples.report;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.io.Resources;
import com.google.common.math.Stats;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.apiguardian.api.API;
import org.tfmot.gate.claim.Claim;
import org.tfmot.gate.claim.Descriptors;
import org.tfmot.gate.claim.TechniqueDescriptor;

/**
 * Writes a table of each technique's cost beside the figure that the Python toolkit publishes for
 * its smallest comparable model: one row for each entry of {@code upstream.json}, between two marks
 * of a Markdown file.
 *
 * <p>Argument: the file, which is overwritten.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public final class UpstreamTable {

  private static final String BEGIN = "<!-- upstream -->";
  private static final String END = "<!-- upstream:end -->";
  private static final String GUIDE = "https://www.tensorflow.org/model_optimization/guide/";
  private static final double POINTS = 100;

  private UpstreamTable() {}

  /**
   * A figure of the Python toolkit and the claims to lay beside it.
   *
   * @param what the technique, in words
   * @param claim the id of the claim of a change, which has reference runs
   * @param size the id of the claim of a ratio to the float file
   * @param model upstream's model and data
   * @param change of upstream's accuracy, in points
   * @param source the page of upstream's guide
   */
  record Published(
      String what, String claim, String size, String model, double change, String source) {}

  /** Writes the table again. */
  public static void main(String[] args) throws IOException {
    if (args.length != 1 || !Files.isRegularFile(Path.of(args[0]))) {
      System.err.println("upstream-table: give one Markdown file, such as docs/benefits.md");
      System.exit(1);
    }
    Path file = Path.of(args[0]);
    Files.writeString(
        file, updated(Files.readString(file), lines(published(), Descriptors.onClassPath())));
  }

  /** Returns the figures that upstream publishes. */
  static List<Published> published() throws IOException {
    return new ObjectMapper()
        .readValue(
            Resources.getResource(UpstreamTable.class, "upstream.json"), new TypeReference<>() {});
  }

  /**
   * The text with other lines between the marks.
   *
   * @throws IllegalArgumentException if the marks are not there
   */
  static String updated(String text, List<String> table) {
    int begin = text.indexOf(BEGIN);
    int end = text.indexOf(END);
    if (begin < 0 || end < begin) {
      throw new IllegalArgumentException(
          "the text has no place for the table: add the lines %s and %s".formatted(BEGIN, END));
    }
    return text.substring(0, begin + BEGIN.length())
        + "\n"
        + String.join("\n", table)
        + "\n"
        + text.substring(end);
  }

  /**
   * The lines of the table. Changes are means of the reference runs, in points.
   *
   * @throws IllegalArgumentException if a claim is not there or has no spread
   */
  static List<String> lines(List<Published> published, List<TechniqueDescriptor> techniques) {
    Map<String, Claim> claims =
        techniques.stream()
            .flatMap(technique -> technique.claims().stream())
            .collect(Collectors.toMap(Claim::id, claim -> claim));
    List<String> lines = new ArrayList<>();
    lines.add("| technique | change, points | deviation | runs | size | upstream | its model |");
    lines.add("|---|---|---|---|---|---|---|");
    for (Published row : published) {
      Claim change = claim(claims, row.claim());
      if (change.calibration().size() < 2) {
        throw new IllegalArgumentException(
            "the claim %s has %d reference runs, but a spread needs two"
                .formatted(row.claim(), change.calibration().size()));
      }
      Stats runs = Stats.of(change.calibration());
      lines.add(
          String.format(
              Locale.ROOT,
              "| %s | %+.2f | %.2f | %d | %.3f | %+.2f | [%s](%s%s) |",
              row.what(),
              POINTS * runs.mean(),
              POINTS * runs.sampleStandardDeviation(),
              runs.count(),
              claim(claims, row.size()).documented(),
              row.change(),
              row.model(),
              GUIDE,
              row.source()));
    }
    return lines;
  }

  private static Claim claim(Map<String, Claim> claims, String id) {
    Claim claim = claims.get(id);
    if (claim == null) {
      throw new IllegalArgumentException(
          "upstream.json names the claim %s, which no descriptor has".formatted(id));
    }
    return claim;
  }
}
