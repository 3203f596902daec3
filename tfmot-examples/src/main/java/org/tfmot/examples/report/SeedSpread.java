package org.tfmot.examples.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.Streams;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.apiguardian.api.API;

/**
 * Prints the reports of several seeds as one Markdown table: the mean of the accuracies and their
 * smallest and largest, the means of the ratios to float, the smallest agreement.
 *
 * <p>Arguments: two or more folders that each hold a {@code report.json}.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class SeedSpread {

  private final List<ObjectNode> seeds;

  private SeedSpread(List<ObjectNode> seeds) {
    this.seeds = seeds;
  }

  /** Prints the table. */
  public static void main(String[] args) throws IOException {
    try {
      System.out.print(table(Arrays.stream(args).map(Path::of).toList()));
    } catch (IllegalArgumentException e) {
      System.err.println("seed-spread: " + e.getMessage());
      System.exit(1);
    }
  }

  /**
   * The table of some reports.
   *
   * @throws IllegalArgumentException if there are fewer than two, or they are not of the same
   *     variants and test images
   */
  static String table(List<Path> folders) throws IOException {
    if (folders.size() < 2) {
      throw new IllegalArgumentException(
          "a spread needs the folders of two or more seeds, not " + folders);
    }
    List<ObjectNode> seeds = new ArrayList<>();
    for (Path folder : folders) {
      ObjectNode seed = read(folder.resolve("report.json"));
      if (!seeds.isEmpty() && !comparable(seeds.get(0), seed)) {
        throw new IllegalArgumentException(
            "%s has other variants, another mode or other test images than %s"
                .formatted(folder, folders.get(0)));
      }
      seeds.add(seed);
    }
    return new SeedSpread(seeds).table();
  }

  /** The variants by name. */
  private static ObjectNode read(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          "there is no %s: run the main job with --full, --seed and --out first".formatted(file));
    }
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode variants = mapper.createObjectNode();
    for (JsonNode variant : mapper.readTree(file.toFile())) {
      variants.set(variant.path("variant").asText(), variant);
    }
    if (!variants.has(VariantResult.FLOAT)) {
      throw new IllegalArgumentException(file + " has no variant " + VariantResult.FLOAT);
    }
    return variants;
  }

  private static boolean comparable(ObjectNode a, ObjectNode b) {
    return ImmutableList.copyOf(a.fieldNames()).equals(ImmutableList.copyOf(b.fieldNames()))
        && Streams.stream(a.fieldNames())
            .allMatch(
                name ->
                    Stream.of("testImages", "mode")
                        .allMatch(f -> a.path(name).path(f).equals(b.path(name).path(f))));
  }

  private String table() {
    StringBuilder out = new StringBuilder();
    out.append(
            "| variant | top-1, mean (smallest to largest) | change | .tflite | gzipped | zeros ")
        .append(
            "| latency, 1 thread | 2 threads | agreement |\n"
                + "|---|---|---|---|---|---|---|---|---|\n");
    for (String variant : (Iterable<String>) seeds.get(0)::fieldNames) {
      out.append(row(variant)).append('\n');
    }
    return out.toString();
  }

  private String row(String variant) {
    double[] top1 = values(seed -> value(seed, variant, "top1"));
    double[] change =
        values(seed -> value(seed, variant, "top1") - value(seed, VariantResult.FLOAT, "top1"));
    return String.format(
        Locale.ROOT,
        "| %s | %.2f %% (%.2f to %.2f) | %+.2f | %.3f | %.3f | %.1f %% | %.2f | %.2f | %s |",
        variant,
        100 * mean(top1),
        100 * top1[0],
        100 * top1[top1.length - 1],
        100 * mean(change),
        ratio(variant, "tfliteBytes"),
        ratio(variant, "gzipBytes"),
        100 * mean(values(seed -> value(seed, variant, "zeroFraction"))),
        ratio(variant, "latencyMedianMicros"),
        ratio(variant, "latencyTwoThreadsMedianMicros"),
        agreement(variant));
  }

  private String agreement(String variant) {
    if (!seeds.get(0).path(variant).has("agreement")) {
      return "";
    }
    return String.format(
        Locale.ROOT, "%.2f %%", 100 * values(seed -> value(seed, variant, "agreement"))[0]);
  }

  private double ratio(String variant, String field) {
    return mean(
        values(seed -> value(seed, variant, field) / value(seed, VariantResult.FLOAT, field)));
  }

  /** A value of every seed, ascending. */
  private double[] values(ToDoubleFunction<ObjectNode> value) {
    return seeds.stream().mapToDouble(value).sorted().toArray();
  }

  private static double value(ObjectNode seed, String variant, String field) {
    JsonNode value = seed.path(variant).path(field);
    if (!value.isNumber()) {
      throw new IllegalArgumentException(
          "variant %s has no number %s in its report".formatted(variant, field));
    }
    return value.asDouble();
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).average().orElseThrow();
  }
}
