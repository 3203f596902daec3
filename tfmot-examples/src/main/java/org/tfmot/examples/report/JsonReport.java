package org.tfmot.examples.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** The variants as a JSON array. */
final class JsonReport {
  private JsonReport() {}

  static String of(ComparisonReport report) {
    ObjectMapper mapper = new ObjectMapper();
    ArrayNode array = mapper.createArrayNode();
    for (VariantResult variant : report.variants()) {
      ObjectNode node = array.addObject();
      node.put("variant", variant.variant())
          .put("top1", variant.top1())
          .put("testImages", variant.testImages())
          .put("tfliteBytes", variant.tfliteBytes())
          .put("gzipBytes", variant.gzipBytes())
          .put("zeroFraction", variant.zeroFraction())
          .put("latencyMedianMicros", variant.latency().medianMicros())
          .put("file", variant.fileName())
          .put("latencyP10Micros", variant.latency().p10Micros())
          .put("latencyP90Micros", variant.latency().p90Micros());
      VariantResult.Latency two = variant.latencyTwoThreads();
      if (two != null) {
        node.put("latencyTwoThreadsMedianMicros", two.medianMicros());
      }
      if (variant.agreement() != null) {
        node.put("agreement", variant.agreement());
      }
      node.put("recipe", variant.recipe()).put("mode", report.mode().label());
    }
    try {
      return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(array) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of plain values is always JSON", e);
    }
  }
}
