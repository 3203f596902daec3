package org.tfmot.gate.claim;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.json.Json;
import org.tfmot.gate.statistics.CollapseBound;

/**
 * The tables of benefits in Markdown files, generated from claims and evidence between the lines
 * {@code <!-- gate:benefits TECHNIQUE -->} and {@code <!-- gate:end -->}.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class BenefitTable {

  private static final String BEGIN = "<!-- gate:benefits";
  private static final String END = "<!-- gate:end -->";

  private BenefitTable() {}

  /**
   * The lines of a technique's table.
   *
   * @param measured by claim id; a claim without has its reference runs in the table, if any
   */
  public static List<String> lines(TechniqueDescriptor technique, Map<String, Measured> measured) {
    List<String> lines = new ArrayList<>();
    lines.add("| Benefit | Documented | Never released beyond | Measured | Proven by |");
    lines.add("|---|---|---|---|---|");
    for (Claim claim : technique.claims()) {
      lines.add(
          "| `%s` (%s) | %s | %s | %s | `%s` |"
              .formatted(
                  claim.id(),
                  claim.kind().name().toLowerCase(Locale.ROOT).replace('_', ' '),
                  documented(claim),
                  value(claim, claim.floor()),
                  measured(claim, measured.get(claim.id())),
                  claim.test()));
    }
    return lines;
  }

  /**
   * Returns the defects of the tables in some files, empty if they match: for each table its file
   * and first differing line; and each technique that has no table at all.
   *
   * @throws IOException if a file cannot be read
   */
  public static List<String> check(
      Collection<Path> files,
      Collection<TechniqueDescriptor> techniques,
      Map<String, Measured> measured)
      throws IOException {
    List<String> problems = new ArrayList<>();
    Set<String> shown = new TreeSet<>();
    for (Path file : files) {
      List<String> lines = Files.readAllLines(file);
      for (Section section : sections(file, lines, problems)) {
        TechniqueDescriptor technique = named(section, techniques);
        if (technique == null) {
          problems.add(
              "%s, line %d: a table of \"%s\", which no descriptor describes"
                  .formatted(file, section.begin + 1, section.technique));
        } else {
          shown.add(technique.technique());
          compare(file, lines, section, lines(technique, measured), problems);
        }
      }
    }
    for (TechniqueDescriptor technique : techniques) {
      if (!shown.contains(technique.technique())) {
        problems.add(
            "%s has no table of benefits in %s; add %s %s --> and %s where it belongs"
                .formatted(technique.technique(), files, BEGIN, technique.technique(), END));
      }
    }
    return problems;
  }

  /**
   * Writes the tables of one file again; what is around them, and the line ends, stay.
   *
   * @return whether the file changed
   * @throws IllegalArgumentException if the markers are broken or name an unknown technique
   */
  public static boolean update(
      Path file, Collection<TechniqueDescriptor> techniques, Map<String, Measured> measured)
      throws IOException {
    String text = Files.readString(file);
    String lineEnd = text.contains("\r\n") ? "\r\n" : "\n";
    List<String> lines = new ArrayList<>(Files.readAllLines(file));
    List<String> problems = new ArrayList<>();
    List<Section> sections = sections(file, lines, problems);
    for (int i = sections.size() - 1; i >= 0; i--) {
      Section section = sections.get(i);
      TechniqueDescriptor technique = named(section, techniques);
      if (technique == null) {
        problems.add(
            "line %d: a table of \"%s\", which no descriptor describes"
                .formatted(section.begin + 1, section.technique));
      } else {
        List<String> body = lines.subList(section.begin + 1, section.end);
        body.clear();
        body.addAll(lines(technique, measured));
      }
    }
    if (!problems.isEmpty()) {
      throw new InvalidDescriptorException(file.toString(), problems);
    }
    String fresh = String.join(lineEnd, lines) + (text.endsWith("\n") ? lineEnd : "");
    if (fresh.equals(text)) {
      return false;
    }
    Json.replace(file, fresh.getBytes(StandardCharsets.UTF_8));
    return true;
  }

  /** Lines (begin, end) exclusive are the table; both from 0. */
  private record Section(String technique, int begin, int end) {}

  private static List<Section> sections(Path file, List<String> lines, List<String> problems) {
    List<Section> sections = new ArrayList<>();
    int begin = -1;
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (line.startsWith(BEGIN) && line.endsWith("-->")) {
        if (begin >= 0) {
          problems.add(unended(file, begin));
        }
        begin = i;
      } else if (line.equals(END) && begin >= 0) {
        String marker = lines.get(begin).strip();
        String name = marker.substring(BEGIN.length(), marker.length() - "-->".length()).strip();
        sections.add(new Section(name, begin, i));
        begin = -1;
      } else if (line.equals(END)) {
        problems.add("%s, line %d: %s without a beginning".formatted(file, i + 1, END));
      }
    }
    if (begin >= 0) {
      problems.add(unended(file, begin));
    }
    return sections;
  }

  private static String unended(Path file, int begin) {
    return "%s, line %d: the table has no %s".formatted(file, begin + 1, END);
  }

  private static @Nullable TechniqueDescriptor named(
      Section section, Collection<TechniqueDescriptor> techniques) {
    return techniques.stream()
        .filter(technique -> technique.technique().equals(section.technique))
        .findFirst()
        .orElse(null);
  }

  private static void compare(
      Path file, List<String> lines, Section section, List<String> table, List<String> problems) {
    List<String> written = lines.subList(section.begin + 1, section.end);
    for (int i = 0; i < Math.max(written.size(), table.size()); i++) {
      String found = i < written.size() ? written.get(i) : "the end of the table";
      String due = i < table.size() ? table.get(i) : "the end of the table";
      if (!found.equals(due)) {
        problems.add(
            "%s, line %d: the table of %s does not match its claims and evidence:%n  has   %s%n  due   %s"
                .formatted(file, section.begin + 2 + i, section.technique, found, due));
        return;
      }
    }
  }

  private static String documented(Claim claim) {
    Target target = claim.target();
    if (target == null) {
      return value(claim, claim.documented());
    }
    String reached =
        "%s %s %s"
            .formatted(
                claim.metric(),
                claim.direction() == Direction.HIGHER_IS_BETTER ? "≥" : "≤",
                plain(target.value()));
    return claim.kind() == Kind.RELIABILITY
        ? "%s of runs reach %s by step %d".formatted(percent(target.p1()), reached, target.step())
        : "%s by step %s".formatted(reached, plain(claim.documented()));
  }

  private static String value(Claim claim, double value) {
    String text = plain(value);
    return switch (claim.kind()) {
      case RELIABILITY -> percent(value) + " of runs";
      case TIME_TO_TARGET -> "step " + text;
      default ->
          "%s %s %s"
              .formatted(
                  claim.metric(),
                  claim.direction() == Direction.HIGHER_IS_BETTER ? "≥" : "≤",
                  text);
    };
  }

  private static String measured(Claim claim, @Nullable Measured measured) {
    if (measured != null) {
      String interval =
          measured.runs() == 1
              ? ""
              : " [%s, %s]"
                  .formatted(rounded(claim, measured.low()), rounded(claim, measured.high()));
      return "%s%s, %d run%s%s"
          .formatted(
              rounded(claim, measured.value()),
              interval,
              measured.runs(),
              measured.runs() == 1 ? "" : "s",
              unseen(claim, measured.runs()));
    }
    if (claim.calibration().isEmpty()) {
      return "";
    }
    double mean =
        claim.calibration().stream().mapToDouble(Double::doubleValue).average().orElseThrow();
    int runs = claim.calibration().size();
    return "%s, %d reference runs%s".formatted(rounded(claim, mean), runs, unseen(claim, runs));
  }

  /** A mean of a few seeds promises nothing about seeds that it did not see. */
  private static String unseen(Claim claim, int runs) {
    return claim.kind().isMean()
        ? "; holds if no seed collapses (95 %%: at most %s do)"
            .formatted(percentUp(CollapseBound.upper(runs)))
        : "";
  }

  private static String percentUp(double share) {
    return percent(new BigDecimal(share).setScale(2, RoundingMode.UP).doubleValue());
  }

  /** As many decimals as the metric can show. */
  private static String rounded(Claim claim, double value) {
    if (claim.kind().hasTarget()) {
      return percent(new BigDecimal(value).setScale(2, RoundingMode.HALF_EVEN).doubleValue());
    }
    int decimals =
        claim.resolution() > 0
            ? Math.max(0, (int) Math.ceil(-Math.log10(claim.resolution()) - 1e-9))
            : 6;
    BigDecimal rounded = new BigDecimal(value).setScale(decimals, RoundingMode.HALF_EVEN);
    return claim.resolution() > 0 ? rounded.toPlainString() : plain(rounded.doubleValue());
  }

  private static String percent(double share) {
    BigDecimal percent = new BigDecimal(plain(share)).movePointRight(2);
    return percent.stripTrailingZeros().toPlainString() + " %";
  }

  /** The shortest decimal, without exponent; the same on every JDK. */
  private static String plain(double value) {
    return new BigDecimal(Json.canonical(value)).stripTrailingZeros().toPlainString();
  }
}
