package org.tfmot.gate.json;

import com.fasterxml.jackson.core.io.NumberOutput;
import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;

/**
 * The JSON Canonicalization Scheme (RFC 8785): keys sorted by UTF-16 code units, no spaces, doubles
 * in the shortest form that reads back, as ECMAScript writes them.
 *
 * <p>Two things go beyond the scheme: integers over 2^53 keep all their digits, and NaN and the
 * infinities are written as the strings {@code "NaN"}, {@code "Infinity"} and {@code "-Infinity"}
 * (a diverged run has such metrics).
 */
final class CanonicalJson {

  private CanonicalJson() {}

  static String write(JsonNode node) {
    StringBuilder out = new StringBuilder(256);
    append(node, out);
    return out.toString();
  }

  private static void append(JsonNode node, StringBuilder out) {
    switch (node.getNodeType()) {
      case OBJECT -> appendObject(node, out);
      case ARRAY -> appendArray(node, out);
      case STRING -> appendString(node.textValue(), out);
      case NUMBER -> appendNumber(node, out);
      case BOOLEAN, NULL -> out.append(node.asText());
      default ->
          throw new IllegalArgumentException(
              "a %s has no canonical JSON: use text, numbers, lists and maps"
                  .formatted(node.getNodeType()));
    }
  }

  private static void appendObject(JsonNode node, StringBuilder out) {
    Map<String, JsonNode> sorted = new TreeMap<>();
    node.properties().forEach(member -> sorted.put(member.getKey(), member.getValue()));
    out.append('{');
    String separator = "";
    for (Map.Entry<String, JsonNode> member : sorted.entrySet()) {
      out.append(separator);
      appendString(member.getKey(), out);
      out.append(':');
      append(member.getValue(), out);
      separator = ",";
    }
    out.append('}');
  }

  private static void appendArray(JsonNode node, StringBuilder out) {
    out.append('[');
    for (Iterator<JsonNode> elements = node.elements(); elements.hasNext(); ) {
      append(elements.next(), out);
      if (elements.hasNext()) {
        out.append(',');
      }
    }
    out.append(']');
  }

  private static void appendNumber(JsonNode node, StringBuilder out) {
    if (node.isIntegralNumber()) {
      out.append(node.bigIntegerValue());
    } else {
      double value = node.doubleValue();
      if (Double.isFinite(value)) {
        out.append(number(value));
      } else {
        out.append('"').append(value).append('"');
      }
    }
  }

  /** ECMA-262, Number::toString. Not Double.toString: before JDK 19 it is not always shortest. */
  static String number(double value) {
    if (value == 0) {
      return "0";
    }
    String sign = value < 0 ? "-" : "";
    BigDecimal decimal = shortest(Math.abs(value));
    String digits = decimal.unscaledValue().toString();
    int count = digits.length();
    int point = count - decimal.scale();
    if (count <= point && point <= 21) {
      return sign + digits + "0".repeat(point - count);
    }
    if (0 < point && point <= 21) {
      return sign + digits.substring(0, point) + "." + digits.substring(point);
    }
    if (-6 < point && point <= 0) {
      return sign + "0." + "0".repeat(-point) + digits;
    }
    String fraction = count == 1 ? "" : "." + digits.substring(1);
    return sign + digits.charAt(0) + fraction + (point > 0 ? "e+" : "e-") + Math.abs(point - 1);
  }

  private static BigDecimal shortest(double value) {
    BigDecimal decimal = new BigDecimal(NumberOutput.toString(value, true)).stripTrailingZeros();
    if (decimal.precision() == 2) {
      // Java prefers two digits that are closer to one that would do: 4.9E-324.
      BigDecimal one = decimal.round(new MathContext(1));
      return one.doubleValue() == value ? one : decimal;
    }
    return decimal;
  }

  private static void appendString(String text, StringBuilder out) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\b' -> out.append("\\b");
        case '\t' -> out.append("\\t");
        case '\n' -> out.append("\\n");
        case '\f' -> out.append("\\f");
        case '\r' -> out.append("\\r");
        default -> {
          if (c < 0x20) {
            out.append("\\u00").append(c < 0x10 ? '0' : '1').append(Character.forDigit(c & 15, 16));
          } else if (Character.isSurrogate(c) && !paired(text, i)) {
            throw new IllegalArgumentException(
                "a lone surrogate U+%04X has no canonical JSON".formatted((int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }

  private static boolean paired(String text, int i) {
    return Character.isHighSurrogate(text.charAt(i))
        ? i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))
        : i > 0 && Character.isHighSurrogate(text.charAt(i - 1));
  }
}
