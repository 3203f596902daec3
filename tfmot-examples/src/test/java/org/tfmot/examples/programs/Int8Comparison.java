package org.tfmot.examples.programs;

/**
 * int8: Greater and Less of a tensor with a range over 255, so that its scale is 1 or more. y = x
 * where x > threshold (x < threshold), else 0, computed here, to 1 % of the range; or the
 * conversion refuses and names the comparison. A wrong file without a word is not right.
 */
final class Int8Comparison implements UserProgram {
  @Override
  public void check() {
    for (boolean greater : new boolean[] {true, false}) {
      for (float range : new float[] {100, 300, 1000, 2550}) {
        new ChosenValues(greater, range).checkInt8();
      }
    }
  }
}
