package org.tfmot.examples.resnetcifar;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.tensorflow.ndarray.Shape;
import org.tfmot.examples.resnetcifar.Variant.How;
import org.tfmot.techniques.pruning.SparsityPattern;
import org.tfmot.techniques.tflite.TfLiteModel;
import org.tfmot.techniques.tflite.TfLiteTensor;

/** What one technique guarantees to those on top of it, looked up in the files. */
final class Invariants {

  private static final int ZEROS = 2;
  private static final int BLOCK = 4;

  private Invariants() {}

  /**
   * What a variant has lost of what it was made from.
   *
   * @param files of all variants up to this one
   * @return one sentence each
   */
  static List<String> broken(Variant variant, Map<Variant, TfLiteModel> files) {
    List<String> problems = new ArrayList<>();
    TfLiteModel file = Objects.requireNonNull(files.get(variant));
    for (Variant before : variant.line()) {
      if (before.how() == How.PRUNED && before != variant) {
        long lost = LostZeros.count(Objects.requireNonNull(files.get(before)), file);
        if (lost > 0) {
          problems.add(
              String.format(
                  Locale.ROOT,
                  "%,d weights of %s.tflite are zero and not in %s.tflite",
                  lost,
                  before,
                  variant));
        }
      }
      if (before.how() == How.CLUSTERED) {
        int most = mostValues(file);
        int clusters = VariantModels.clusters(before);
        if (most > clusters) {
          problems.add(
              "a channel of %s.tflite has %d different weights, not %d"
                  .formatted(variant, most, clusters));
        }
      }
      if (before == Variant.PRUNED_2_IN_4 && !hasPattern(file)) {
        problems.add(
            "%s.tflite has not %d zeros in every %d weights".formatted(variant, ZEROS, BLOCK));
      }
    }
    return problems;
  }

  /** The most different weights that an output channel has: batch norm gives each a factor. */
  static int mostValues(TfLiteModel file) {
    return file.weights().stream()
        .flatMap(weight -> weight.distinctCounts(0).stream())
        .mapToInt(Integer::intValue)
        .max()
        .orElse(0);
  }

  /** Whether all kernels but the first have the pattern along their inputs. */
  private static boolean hasPattern(TfLiteModel file) {
    for (TfLiteTensor weight : file.weights()) {
      Shape shape = weight.shape();
      int inputs = Math.toIntExact(shape.get(shape.numDimensions() - 1));
      if (shape.numDimensions() == 4
          && inputs % BLOCK == 0
          && !SparsityPattern.hasZerosInEvery(weight.toFloats(), ZEROS, BLOCK)) {
        return false;
      }
    }
    return true;
  }
}
