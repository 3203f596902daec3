package org.tfmot.gate.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.json.Json;

/** A report as a line of JSON. */
final class ReportLine {

  // Python writes NaN and Infinity bare, JavaScript writes null for both.
  private static final ObjectMapper LENIENT =
      JsonMapper.builder()
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private static final List<String> KEYS = List.of("step", "metric", "value");

  /** A key as any language may write it, quoted or not. */
  private static final Pattern KEY =
      Pattern.compile("[\\s{,;]\\W?(step|metric|value)\\W?\\s*[:=]", Pattern.CASE_INSENSITIVE);

  private ReportLine() {}

  static String write(MetricPoint point) {
    return Json.canonical(
        Map.of("step", point.step(), "metric", point.metric(), "value", point.value()));
  }

  /**
   * Reads a line: a JSON object with the keys step, metric and value is a report, whatever else it
   * has.
   *
   * @return null for a line that does not look like a report
   * @throws InvalidReportException if it looks like one and is none: two of the three keys stand
   *     behind a brace, and the line is no such object, or a value has the wrong type. Nothing that
   *     may have been meant as a report is ever passed over.
   */
  static @Nullable MetricPoint parse(String line) {
    String text = line.strip();
    JsonNode json = text.startsWith("{") ? read(text) : null;
    if (json == null) {
      if (looksLikeReport(text)) {
        throw new InvalidReportException("it looks like a report and is no JSON object");
      }
      return null;
    }
    JsonNode step = json.get("step");
    JsonNode metric = json.get("metric");
    JsonNode value = json.get("value");
    if (step == null || metric == null || value == null) {
      List<String> alike = alike(json);
      if (alike.size() > 1) {
        throw new InvalidReportException(
            "a report has the keys %s, here are only %s".formatted(KEYS, alike));
      }
      return null;
    }
    if (!step.isIntegralNumber() || !step.canConvertToLong()) {
      throw new InvalidReportException("\"step\" is %s, it has to be an integer".formatted(step));
    }
    if (!metric.isTextual()) {
      throw new InvalidReportException("\"metric\" is %s, it has to be text".formatted(metric));
    }
    return new MetricPoint(step.longValue(), metric.textValue(), number(value));
  }

  /** Returns the keys that are those of a report, or differ from them in case only. */
  private static List<String> alike(JsonNode json) {
    List<String> alike = new ArrayList<>();
    json.fieldNames()
        .forEachRemaining(
            name -> {
              if (KEYS.contains(name.toLowerCase(Locale.ROOT))) {
                alike.add(name);
              }
            });
    return alike;
  }

  private static @Nullable JsonNode read(String text) {
    try {
      return LENIENT.readTree(text);
    } catch (JsonProcessingException e) {
      return null;
    }
  }

  /** Returns whether at least two keys of a report stand behind the line's first brace. */
  static boolean looksLikeReport(String text) {
    int brace = text.indexOf('{');
    if (brace < 0) {
      return false;
    }
    Set<String> found = new HashSet<>();
    Matcher keys = KEY.matcher(text.substring(brace));
    while (keys.find()) {
      found.add(keys.group(1).toLowerCase(Locale.ROOT));
    }
    return found.size() > 1;
  }

  private static double number(JsonNode value) {
    if (value.isNumber()) {
      return value.doubleValue();
    }
    if (value.isNull()) {
      return Double.NaN;
    }
    return switch (value.asText()) {
      case "NaN" -> Double.NaN;
      case "Infinity" -> Double.POSITIVE_INFINITY;
      case "-Infinity" -> Double.NEGATIVE_INFINITY;
      default ->
          throw new InvalidReportException(
              "\"value\" is %s, it has to be a number".formatted(value));
    };
  }
}
