package org.tfmot.gate.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReportLineTest {

  @ParameterizedTest
  @ValueSource(
      doubles = {
        0.1,
        -0.0,
        Double.MIN_VALUE,
        Double.MAX_VALUE,
        1.0 / 3,
        Double.NaN,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY
      })
  void everyValue_isReadBackAsItWas(double value) {
    MetricPoint point = new MetricPoint(Long.MAX_VALUE, "täglich \"ä\" \n", value);
    String line = ReportLine.write(point);
    assertTrue(line.indexOf('\n') < 0, line);
    MetricPoint read = ReportLine.parse(line);
    assertEquals(point.metric(), read.metric());
    // JSON has one zero.
    assertEquals(value == 0 ? 0.0 : value, read.value() == 0 ? 0.0 : read.value());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "NaN|NaN",
        "Infinity|Infinity",
        "-Infinity|-Infinity",
        "null|NaN",
        "\"NaN\"|NaN",
        "\"-Infinity\"|-Infinity",
        "1e400|Infinity",
        "3|3.0"
      })
  void valuesOfOtherLanguages_areUnderstood(String written, double value) {
    assertEquals(
        new MetricPoint(7, "loss", value),
        ReportLine.parse(
            "  {\"step\": 7, \"epoch\": 2, \"metric\": \"loss\", \"value\": " + written + "}\r"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "step 1",
        "{",
        "{}",
        "[1, 2]",
        "{\"step\": 7, \"loss\": 0.5}",
        "{\"message\": \"at step: 3, value: 4\"}",
        "step: 1, metric: loss, value: 0.5",
        "{\"step\":1"
      })
  void otherLines_areNoReports(String line) {
    assertNull(ReportLine.parse(line));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"step\":1,\"metric\":\"loss\"}",
        "{\"step\":1,\"value\":0.5}",
        "{\"Step\":1,\"metric\":\"loss\",\"VALUE\":0.5}",
        "{\"step\":1,\"metric\":\"loss\",\"value\":0.5",
        "{\"step\":1,\"metric\":\"loss\",\"value\":0.5} {}",
        "{'step':1,'metric':'loss','value':0.5}",
        "{\"step\":1,\"metric\":\"loss\",\"value\":+0.5}",
        "{\"step\":1,\"metric\":\"loss\",\"value\":0x1}",
        "rank 0: {\"step\":1,\"metric\":\"loss\",\"value\":0.5}"
      })
  void linesThatLookLikeReports_areRefused(String line) {
    assertThrows(InvalidReportException.class, () -> ReportLine.parse(line));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "1.0|\"loss\"|1|\"step\" is 1.0",
        "\"1\"|\"loss\"|1|\"step\" is \"1\"",
        "-1|\"loss\"|1|steps start at 0",
        "9223372036854775808|\"loss\"|1|\"step\" is 9223372036854775808",
        "1|5|1|\"metric\" is 5",
        "1|\" \"|1|1 to 200 characters",
        "1|\"loss\"|\"0.5\"|\"value\" is \"0.5\"",
        "1|\"loss\"|true|\"value\" is true",
        "1|\"loss\"|[1]|\"value\" is [1]"
      })
  void reportWithAWrongValue_isRefused_withThatValue(
      String step, String metric, String value, String problem) {
    InvalidReportException e =
        assertThrows(
            InvalidReportException.class,
            () ->
                ReportLine.parse(
                    "{\"step\":%s,\"metric\":%s,\"value\":%s}".formatted(step, metric, value)));
    assertTrue(String.valueOf(e.getMessage()).contains(problem), e.getMessage());
  }

  @Test
  void nestedJunk_isNoReport_andNoStackOverflow() {
    assertNull(ReportLine.parse("{\"a\":" + "[".repeat(8000) + "]".repeat(8000) + "}"));
  }
}
