package org.tfmot.techniques.fuzz;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.techniques.testing.TestLayers;

/**
 * Models of two to eight random layers behind one or two inputs, by a seed: images, sequences,
 * vectors and words of several shapes; frozen or with variables, batches open or of one example,
 * values around 1 or far from it, and tensors that are outputs and are read on.
 */
final class RandomModels {

  private static final int WORDS = 20;
  private static final int MOST_VALUES = 4000;
  private static final List<Shape> SHAPES =
      List.of(
          Shape.of(8, 8, 4),
          Shape.of(6, 10, 3),
          Shape.of(12, 12, 8),
          Shape.of(7, 5, 6),
          Shape.of(9, 8),
          Shape.of(6, 12),
          Shape.of(16),
          Shape.of(40));

  private final Random random;
  private final int mostLayers;
  private final boolean trained;
  private final long batch;
  private final double scale;
  private final List<String> names = new ArrayList<>();
  private final Map<String, Shape> inputs = new LinkedHashMap<>();
  private final Map<String, Operand<TFloat32>> outputs = new LinkedHashMap<>();

  private RandomModels(long seed, int mostLayers) {
    this.random = new Random(seed);
    this.mostLayers = mostLayers;
    this.trained = random.nextInt(3) == 0;
    this.batch = random.nextInt(6) == 0 ? 1 : -1;
    int range = random.nextInt(8);
    this.scale = range == 0 ? 1e-3 : range == 1 ? 100 : 1;
  }

  /**
   * Builds the model of a seed.
   *
   * @param mostLayers cuts a model off behind so many layers, to find the first that matters
   */
  static RandomModel of(long seed, int mostLayers) {
    RandomModels models = new RandomModels(seed, mostLayers);
    GraphModel model = GraphModel.build(models::build);
    return new RandomModel(
        seed, model, models.names, models.inputs, models.batch == 1, models.scale, WORDS);
  }

  private Endpoints build(Ops tf) {
    TestLayers layers = TestLayers.of(tf);
    LayerKit kit = new LayerKit(tf, layers, random, trained);
    Endpoints.Builder endpoints = Endpoints.builder().training(trained);
    Operand<TFloat32> x = start(tf, kit, endpoints);
    int length = Math.min(2 + random.nextInt(7), mostLayers);
    for (int i = 0; i < length; i++) {
      Operand<TFloat32> y = layer(kit, x, i);
      if (y != x && random.nextInt(12) == 0) {
        outputs.put("inner" + i, y);
        names.add("(output)");
      }
      x = y;
    }
    outputs.put("result", tf.withName("result").identity(x));
    outputs.forEach(endpoints::output);
    layers.updates().forEach(endpoints::update);
    return endpoints.build();
  }

  private Operand<TFloat32> start(Ops tf, LayerKit kit, Endpoints.Builder endpoints) {
    names.add(
        (trained ? "variables" : "frozen") + (batch == 1 ? ", one example" : "") + " x" + scale);
    int kind = random.nextInt(8);
    kit.enter("start");
    if (kind == 0) {
      inputs.put("words", Shape.of(9));
      names.add("words");
      Operand<TInt32> words =
          tf.withName("words").placeholder(TInt32.class, Placeholder.shape(Shape.of(batch, 9)));
      endpoints.input("words", words);
      return kit.tf().gather(kit.weight(1, 0, WORDS, 8), words, kit.tf().constant(0));
    }
    Shape shape = kit.pick(SHAPES);
    Operand<TFloat32> x = input(tf, endpoints, "x", shape);
    if (kind > 2) {
      return x;
    }
    if (kind == 1) {
      return kit.tf().math.add(x, kit.tf().math.tanh(input(tf, endpoints, "second", shape)));
    }
    Operand<TFloat32> factors =
        kit.dense(input(tf, endpoints, "factors", Shape.of(5)), LayerKit.channels(x));
    int[] sizes = new int[x.shape().numDimensions()];
    Arrays.fill(sizes, 1);
    sizes[0] = -1;
    sizes[sizes.length - 1] = LayerKit.channels(x);
    return kit.tf().math.mul(x, kit.reshape(factors, sizes));
  }

  private Operand<TFloat32> input(Ops tf, Endpoints.Builder endpoints, String name, Shape shape) {
    names.add(name + shape);
    inputs.put(name, shape);
    Operand<TFloat32> x =
        tf.withName(name)
            .placeholder(TFloat32.class, Placeholder.shape(Shape.of(batch).append(shape)));
    endpoints.input(name, x);
    return x;
  }

  private Operand<TFloat32> layer(LayerKit kit, Operand<TFloat32> x, int index) {
    Layer.Table table =
        random.nextInt(3) == 0 ? ElementLayers.TABLE : table(x.shape().numDimensions());
    String name = table.pick(random);
    kit.enter(name + "_" + index);
    Operand<TFloat32> y = table.get(name).add(kit, x);
    if (y == x || values(y) > MOST_VALUES) {
      return x;
    }
    names.add(name);
    return y;
  }

  private static Layer.Table table(int dimensions) {
    return switch (dimensions) {
      case 2 -> VectorLayers.TABLE;
      case 3 -> SequenceLayers.TABLE;
      default -> ImageLayers.TABLE;
    };
  }

  private static long values(Operand<TFloat32> x) {
    long values = 1;
    for (int i = 1; i < x.shape().numDimensions(); i++) {
      if (x.shape().get(i) < 0) {
        throw new IllegalStateException("open shape " + x.shape());
      }
      values *= x.shape().get(i);
    }
    return values;
  }
}
