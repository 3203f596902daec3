package org.tfmot.techniques.quantization.ranges;

import java.util.ArrayList;
import java.util.List;
import org.apiguardian.api.API;

/**
 * Some rows of a tensor's last dimension, spread evenly over all samples: once there are too many,
 * every other one goes, and from then on as many are passed over.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class RowSamples {

  /** The number of values to take of one sample. */
  public static final int PER_SAMPLE = 256;

  private static final int MOST_VALUES = 4096;

  private final List<float[]> rows = new ArrayList<>();
  private int width = -1;
  private long seen;
  private int every = 1;

  /**
   * Takes the rows of one sample. Those of another width than the first ones do not count.
   *
   * @param values row after row
   * @param rowWidth of each
   */
  public void add(float[] values, int rowWidth) {
    if (width < 0 && rowWidth > 0) {
      width = rowWidth;
    }
    for (int i = 0; rowWidth == width && i + width <= values.length; i += width) {
      if (seen++ % every == 0) {
        float[] row = new float[width];
        System.arraycopy(values, i, row, 0, width);
        rows.add(row);
      }
      if (rows.size() > 1 && rows.size() * (long) width > MOST_VALUES) {
        for (int k = rows.size() - 1; k > 0; k--) {
          if (k % 2 == 1) {
            rows.remove(k);
          }
        }
        every *= 2;
      }
    }
  }

  /** Returns the number of values in a row. */
  public int width() {
    return Math.max(width, 1);
  }

  /** Returns the rows one after the other. */
  public float[] values() {
    float[] values = new float[rows.size() * width()];
    for (int i = 0; i < rows.size(); i++) {
      System.arraycopy(rows.get(i), 0, values, i * width, width);
    }
    return values;
  }

  /** Returns rows of values that are spread evenly over a range, in no order. */
  public static RowSamples evenly(Range range, int rowWidth) {
    RowSamples samples = new RowSamples();
    float[] values = new float[MOST_VALUES / 2 / rowWidth * rowWidth];
    for (int i = 0; i < values.length; i++) {
      // Steps of the golden ratio, modulo 1.
      double place = (i * 0.6180339887498949 + 0.5) % 1;
      values[i] = (float) (range.min() + place * ((double) range.max() - range.min()));
    }
    samples.add(values, rowWidth);
    return samples;
  }
}
