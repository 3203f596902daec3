package org.tfmot.gate.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.Map;
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

  private ReportLine() {}

  static String write(MetricPoint point) {
    return Json.canonical(
        Map.of("step", point.step(), "metric", point.metric(), "value", point.value()));
  }

  /**
   * A JSON object with the keys step, metric and value is a report, whatever else it has; null for
   * any other line.
   *
   * @throws InvalidReportException if a value has the wrong type
   */
  static @Nullable MetricPoint parse(String line) {
    String text = line.strip();
    if (!text.startsWith("{") || !text.endsWith("}")) {
      return null;
    }
    JsonNode json;
    try {
      json = LENIENT.readTree(text);
    } catch (JsonProcessingException e) {
      return null;
    }
    JsonNode step = json.get("step");
    JsonNode metric = json.get("metric");
    JsonNode value = json.get("value");
    if (step == null || metric == null || value == null) {
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
