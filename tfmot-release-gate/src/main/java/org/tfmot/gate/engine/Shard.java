package org.tfmot.gate.engine;

import org.apiguardian.api.API;

/**
 * A part of the tests of a gate.
 *
 * @param index which part, from 1
 * @param count of how many
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record Shard(int index, int count) {

  /** Everything. */
  public static final Shard ALL = new Shard(1, 1);

  /**
   * @throws IllegalArgumentException if there is no such part
   */
  public Shard {
    if (count < 1 || index < 1 || index > count) {
      throw new IllegalArgumentException(
          "%d/%d is no shard: write i/n with i from 1 to n, such as 2/5".formatted(index, count));
    }
  }

  /** Written as {@code i/n}. */
  @Override
  public String toString() {
    return index + "/" + count;
  }
}
