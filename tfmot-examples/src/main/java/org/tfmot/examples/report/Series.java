package org.tfmot.examples.report;

import java.util.List;

/** The colour of a variant: the same in every picture and table. */
final class Series {
  private static final int COLOURS = 8;

  private Series() {}

  /** The class of the variant at a position; the ninth begins the colours again. */
  static String style(int index) {
    return "s" + index % COLOURS;
  }

  /** The class of a variant by name; a neutral one for a name that is no variant. */
  static String style(List<VariantResult> variants, String name) {
    for (int i = 0; i < variants.size(); i++) {
      if (variants.get(i).variant().equals(name)) {
        return style(i);
      }
    }
    return "none";
  }
}
