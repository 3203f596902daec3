package org.tfmot.examples.resnetcifar;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Variants of the float model that the main job can make. */
enum Variant {
  FLOAT("float", null, How.NONE),
  PTQ_DYNAMIC("ptq-dynamic", null, How.DYNAMIC_RANGE),
  PTQ_FLOAT16("ptq-float16", null, How.FLOAT16),
  PTQ_INT8("ptq-int8", null, How.POST_TRAINING),
  PTQ_INT16X8("ptq-int16x8", null, How.POST_TRAINING),
  QAT_INT8("qat-int8", null, How.QUANTIZED),
  PRUNED_50("pruned-50", null, How.PRUNED),
  PRUNED_75("pruned-75", null, How.PRUNED),
  PRUNED_2_BY_4("pruned-2-by-4", null, How.PRUNED),
  PRUNED_50_QAT_INT8("pruned-50-qat-int8", PRUNED_50, How.QUANTIZED),
  PRUNED_75_QAT_INT8("pruned-75-qat-int8", PRUNED_75, How.QUANTIZED),
  CLUSTERED_16("clustered-16", null, How.CLUSTERED),
  CLUSTERED_32("clustered-32", null, How.CLUSTERED),
  CLUSTERED_16_QAT_INT8("clustered-16-qat-int8", CLUSTERED_16, How.QUANTIZED),
  PRUNED_50_CLUSTERED_16("pruned-50-clustered-16", PRUNED_50, How.CLUSTERED),
  PRUNED_75_CLUSTERED_16("pruned-75-clustered-16", PRUNED_75, How.CLUSTERED),
  PRUNED_50_CLUSTERED_16_QAT_INT8(
      "pruned-50-clustered-16-qat-int8", PRUNED_50_CLUSTERED_16, How.QUANTIZED),
  PRUNED_75_CLUSTERED_16_QAT_INT8(
      "pruned-75-clustered-16-qat-int8", PRUNED_75_CLUSTERED_16, How.QUANTIZED);

  /** The default variants. */
  static final List<Variant> STANDARD =
      List.of(FLOAT, PTQ_DYNAMIC, PTQ_INT8, QAT_INT8, PRUNED_75, PRUNED_75_QAT_INT8);

  private final String title;
  private final @Nullable Variant base;
  private final How how;

  Variant(String title, @Nullable Variant base, How how) {
    this.title = title;
    this.base = base;
    this.how = how;
  }

  /** The last step of making a variant. */
  enum How {
    NONE,
    DYNAMIC_RANGE,
    FLOAT16,
    POST_TRAINING,
    QUANTIZED,
    PRUNED,
    CLUSTERED
  }

  /** Returns the bits of activations in an integer file. */
  int activationBits() {
    return this == PTQ_INT16X8 ? 16 : 8;
  }

  /** Returns the variant that this one starts from; null for the float model. */
  @Nullable Variant base() {
    return base;
  }

  How how() {
    return how;
  }

  /** Itself and what it is made from, the last first. */
  List<Variant> line() {
    List<Variant> line = new ArrayList<>();
    for (Variant at = this; at != null; at = at.base) {
      line.add(at);
    }
    return line;
  }

  /**
   * Variants by name, in their order here, with what they are made from. The float model, which all
   * are compared with, is always there.
   *
   * @throws IllegalArgumentException naming one that is not known
   */
  static List<Variant> of(List<String> names) {
    Set<Variant> wanted = new LinkedHashSet<>(List.of(FLOAT));
    for (String name : names) {
      Variant variant =
          Arrays.stream(values())
              .filter(v -> v.title.equals(name))
              .findFirst()
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "there is no variant \"%s\", only %s".formatted(name, names())));
      wanted.addAll(variant.line());
    }
    return wanted.stream().sorted().toList();
  }

  /** All names. */
  static String names() {
    return Arrays.stream(values()).map(Variant::toString).collect(Collectors.joining(", "));
  }

  @Override
  public String toString() {
    return title;
  }
}
