package org.tfmot.api.optimizer;

import java.util.ArrayList;
import java.util.List;
import org.apiguardian.api.API;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.types.TFloat32;

/**
 * A limit on gradients. A gradient that is not finite stays so: clipping hides no divergence.
 *
 * @param by the quantity that is limited
 * @param limit positive; infinite for {@link #NONE}
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public record GradientClipping(By by, double limit) {

  /** The quantity that is limited. */
  public enum By {
    /** Nothing. */
    NOTHING,
    /** Every element, to [-limit, limit]. */
    VALUE,
    /** The L2 norm of each variable's gradient: a longer one is scaled to the limit. */
    NORM,
    /** The L2 norm of all gradients together: longer ones are scaled by the same factor. */
    GLOBAL_NORM
  }

  /** Gradients as they are. */
  public static final GradientClipping NONE =
      new GradientClipping(By.NOTHING, Double.POSITIVE_INFINITY);

  /**
   * Refuses values out of range.
   *
   * @throws IllegalArgumentException if the limit is not positive, or finite where nothing is
   *     limited
   */
  public GradientClipping {
    if (by != By.NOTHING) {
      Checks.positive("the limit of the gradients", limit);
    } else if (limit != Double.POSITIVE_INFINITY) {
      throw new IllegalArgumentException("a limit of %s limits nothing".formatted(limit));
    }
  }

  /** Limits every element to [-limit, limit]: Keras' {@code clipvalue}. */
  public static GradientClipping byValue(double limit) {
    return new GradientClipping(By.VALUE, limit);
  }

  /** Limits the L2 norm of each variable's gradient: Keras' {@code clipnorm}. */
  public static GradientClipping byNorm(double limit) {
    return new GradientClipping(By.NORM, limit);
  }

  /**
   * Limits the L2 norm of all gradients together: Keras' {@code global_clipnorm}, Official Models'
   * {@code gradient_clip_norm}.
   */
  public static GradientClipping byGlobalNorm(double limit) {
    return new GradientClipping(By.GLOBAL_NORM, limit);
  }

  List<Operand<TFloat32>> clip(Ops tf, List<Operand<TFloat32>> gradients) {
    return switch (by) {
      case NOTHING -> gradients;
      case VALUE ->
          each(
              gradients,
              g -> tf.clipByValue(g, tf.constant((float) -limit), tf.constant((float) limit)));
      case NORM -> each(gradients, g -> scale(tf, g, squares(tf, g)));
      case GLOBAL_NORM -> {
        List<Operand<TFloat32>> sums = each(gradients, g -> squares(tf, g));
        Operand<TFloat32> all = tf.math.addN(sums);
        yield each(gradients, g -> scale(tf, g, all));
      }
    };
  }

  private interface Change {
    Operand<TFloat32> of(Operand<TFloat32> gradient);
  }

  private static List<Operand<TFloat32>> each(List<Operand<TFloat32>> gradients, Change change) {
    List<Operand<TFloat32>> changed = new ArrayList<>();
    gradients.forEach(gradient -> changed.add(change.of(gradient)));
    return changed;
  }

  private Operand<TFloat32> scale(Ops tf, Operand<TFloat32> gradient, Operand<TFloat32> squares) {
    Operand<TFloat32> most = tf.constant((float) limit);
    return tf.math.mul(gradient, tf.math.div(most, tf.math.maximum(tf.math.sqrt(squares), most)));
  }

  /** Returns the sum of squares; a scalar. */
  static Operand<TFloat32> squares(Ops tf, Operand<TFloat32> tensor) {
    Operand<TFloat32> flat = tf.reshape(tf.math.square(tensor), tf.array(-1));
    return tf.reduceSum(flat, tf.array(0), ReduceSum.keepDims(false));
  }
}
