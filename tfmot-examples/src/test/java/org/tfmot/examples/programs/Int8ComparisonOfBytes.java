package org.tfmot.examples.programs;

/**
 * int8: Greater of a tensor between 0 and 255, as the bytes of an image, so that its scale is
 * exactly 1. y = x where x > 127.5, else 0, computed here, to 1 % of the range; or a refusal that
 * names the comparison. The JVM must not end.
 */
final class Int8ComparisonOfBytes implements UserProgram {
  @Override
  public void check() {
    new ChosenValues(true, 255).checkInt8();
  }
}
