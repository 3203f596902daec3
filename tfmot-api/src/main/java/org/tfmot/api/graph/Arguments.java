package org.tfmot.api.graph;

import java.util.List;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/** Checks arguments at the entrances of the library. */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class Arguments {

  private Arguments() {}

  /**
   * Requires an argument to be there.
   *
   * @param name its name, for the message
   * @throws NullPointerException with a sentence that names it, if it is null
   */
  public static void require(@Nullable Object value, String name) {
    if (value == null) {
      throw new NullPointerException("the argument \"" + name + "\" is null");
    }
  }

  /**
   * Returns arguments as a list.
   *
   * @param name their name, for the message
   * @throws NullPointerException with a sentence that names them, if they or one of them is null
   */
  public static <T> List<T> list(T[] values, String name) {
    require(values, name);
    for (Object value : values) {
      if (value == null) {
        throw new NullPointerException("one of the arguments \"" + name + "\" is null");
      }
    }
    return List.of(values);
  }
}
