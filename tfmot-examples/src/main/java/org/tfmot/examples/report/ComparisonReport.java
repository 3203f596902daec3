package org.tfmot.examples.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Variants of one model compared with its float original: a table for the terminal, {@code
 * report.json} and a self-contained {@code report.html}. Immutable.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class ComparisonReport {
  private final String title;
  private final RunEnvironment environment;
  private final Mode mode;
  private final List<VariantResult> variants;
  private final List<TrainingCurve> curves;
  private final List<LayerSummary> layers;
  private final List<SkippedOp> skipped;
  private final VariantResult baseline;

  private ComparisonReport(Builder builder, RunEnvironment environment) {
    this.title = builder.title;
    this.environment = environment;
    this.mode = builder.mode;
    this.variants = List.copyOf(builder.variants);
    this.curves = List.copyOf(builder.curves);
    this.layers = List.copyOf(builder.layers);
    this.skipped = List.copyOf(builder.skipped);
    this.baseline = requireComparable(variants);
    requireKnownVariants();
  }

  /**
   * A builder of a report.
   *
   * @param title what was compared, for instance {@code ResNet-20 on CIFAR-10}
   * @throws IllegalArgumentException if the title is empty
   */
  public static Builder builder(String title) {
    return new Builder(title);
  }

  /**
   * Makes sure that files can be written to a folder, and makes the folder if it is missing. To be
   * called before long work starts.
   *
   * @throws IllegalArgumentException if the folder cannot be made or written, naming it
   */
  public static void requireWritable(Path folder) {
    try {
      Files.createDirectories(folder);
      // Permissions do not tell about read-only file systems and full disks; a file does.
      Path probe = Files.createTempFile(folder, ".writable", null);
      try {
        Files.write(probe, new byte[1]);
      } finally {
        Files.delete(probe);
      }
    } catch (IOException | SecurityException e) {
      throw new IllegalArgumentException(
          "cannot write to the output folder "
              + folder.toAbsolutePath()
              + " ("
              + e
              + "); choose another one",
          e);
    }
  }

  /**
   * The comparison as a table of at most 120 columns (for variant names of up to 24 characters),
   * with the sizes in kB (1,000 bytes), the change in percentage points and the latency on one
   * thread in microseconds. Ends with a line break.
   */
  public String table() {
    return TextReport.of(this);
  }

  /**
   * Writes an array with one object per variant: {@code variant}, {@code top1} (fraction), {@code
   * testImages}, {@code tfliteBytes}, {@code gzipBytes}, {@code zeroFraction}, {@code
   * latencyMedianMicros} (one thread), {@code file} (relative to the report), then whatever else
   * was measured. Replaces an existing file.
   */
  public void writeJson(Path file) throws IOException {
    write(file, JsonReport.of(this));
  }

  /**
   * Writes a page that needs no other file and no network, and that is also well-formed XML.
   * Replaces an existing file.
   */
  public void writeHtml(Path file) throws IOException {
    write(file, new ComparisonPage(this).toString());
  }

  private static void write(Path file, String content) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null) {
      Files.createDirectories(folder);
    }
    Files.writeString(file, content, StandardCharsets.UTF_8);
  }

  String title() {
    return title;
  }

  RunEnvironment environment() {
    return environment;
  }

  Mode mode() {
    return mode;
  }

  List<VariantResult> variants() {
    return variants;
  }

  List<TrainingCurve> curves() {
    return curves;
  }

  List<LayerSummary> layers() {
    return layers;
  }

  List<SkippedOp> skipped() {
    return skipped;
  }

  /** The float variant. */
  VariantResult baseline() {
    return baseline;
  }

  boolean isBaseline(VariantResult variant) {
    return variant.variant().equals(VariantResult.FLOAT);
  }

  private static VariantResult requireComparable(List<VariantResult> variants) {
    if (variants.isEmpty()) {
      throw new IllegalArgumentException("the report has no variants; add at least the float one");
    }
    Set<String> names = new HashSet<>();
    @Nullable VariantResult baseline = null;
    for (VariantResult variant : variants) {
      if (!names.add(variant.variant())) {
        throw new IllegalArgumentException("variant " + variant.variant() + " was added twice");
      }
      if (variant.variant().equals(VariantResult.FLOAT)) {
        baseline = variant;
      }
    }
    if (baseline == null) {
      throw new IllegalArgumentException(
          "there is no variant '" + VariantResult.FLOAT + "' to compare with, only " + names);
    }
    for (VariantResult variant : variants) {
      if (variant.testImages() != baseline.testImages()) {
        throw new IllegalArgumentException(
            String.format(
                "variant %s was measured on %d test images, float on %d; measure both on the same",
                variant.variant(), variant.testImages(), baseline.testImages()));
      }
    }
    return baseline;
  }

  private void requireKnownVariants() {
    Set<String> known = new HashSet<>();
    variants.forEach(v -> known.add(v.variant()));
    Set<List<String>> seen = new HashSet<>();
    for (LayerSummary layer : layers) {
      requireKnown(known, layer.variant(), "layer " + layer.tensor());
      if (!seen.add(List.of(layer.variant(), layer.tensor()))) {
        throw new IllegalArgumentException(
            "layer " + layer.tensor() + " of variant " + layer.variant() + " was added twice");
      }
    }
    for (SkippedOp op : skipped) {
      requireKnown(known, op.variant(), "skipped operation " + op.op());
    }
  }

  private static void requireKnown(Set<String> known, String variant, String what) {
    if (!known.contains(variant)) {
      throw new IllegalArgumentException(
          what + " belongs to variant '" + variant + "', which is not in the report: " + known);
    }
  }

  /** The amount of work behind a run's numbers. */
  @API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
  public enum Mode {
    /** A few minutes of fine-tuning, all test images. */
    DEFAULT,
    /** Fewer steps and fewer test images; said in the table. */
    FAST,
    /** The full recipes. */
    FULL;

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Collects what a report shows, in the order in which it is added. */
  @API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
  public static final class Builder {
    private final String title;
    private @Nullable RunEnvironment environment;
    private Mode mode = Mode.DEFAULT;
    private final List<VariantResult> variants = new ArrayList<>();
    private final List<TrainingCurve> curves = new ArrayList<>();
    private final List<LayerSummary> layers = new ArrayList<>();
    private final List<SkippedOp> skipped = new ArrayList<>();

    private Builder(String title) {
      this.title = Checks.text("the title of the report", title);
    }

    /** Sets where the numbers were measured; required. */
    public Builder environment(RunEnvironment environment) {
      this.environment = environment;
      return this;
    }

    /** Sets the mode of the run; {@link Mode#DEFAULT} without this call. */
    public Builder mode(Mode mode) {
      this.mode = mode;
      return this;
    }

    /** Adds a variant; one of them must be named {@link VariantResult#FLOAT}. */
    public Builder variant(VariantResult variant) {
      variants.add(variant);
      return this;
    }

    /** Adds the curve of a training run. */
    public Builder curve(TrainingCurve curve) {
      curves.add(curve);
      return this;
    }

    /** Adds a layer of one of the variants. */
    public Builder layer(LayerSummary layer) {
      layers.add(layer);
      return this;
    }

    /** Adds an operation that a technique left as it was. */
    public Builder skipped(SkippedOp op) {
      skipped.add(op);
      return this;
    }

    /**
     * Builds the report.
     *
     * @throws IllegalArgumentException if there is no environment, no variant or no float variant,
     *     if a name stands twice, if variants were measured on different numbers of test images, or
     *     if a layer or a skipped operation belongs to none of the variants
     */
    public ComparisonReport build() {
      if (environment == null) {
        throw new IllegalArgumentException(
            "the report '" + title + "' has no environment; call environment(...)");
      }
      return new ComparisonReport(this, environment);
    }
  }
}
