package org.tfmot.techniques.testing;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Unstack;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TType;
import org.tfmot.api.GraphModel;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.testing.TestLayers.Body;
import org.tfmot.techniques.testing.TestLayers.Kind;

/** Models of layers that are built from several operations, as layer libraries build them. */
public enum CompoundModel {
  /** Four steps, then a dense layer. */
  LSTM(4, (layers, x) -> dense(layers, RecurrentLayers.lstm(layers, x, 6))),
  /** Four steps, then a dense layer. */
  GRU(4, (layers, x) -> dense(layers, RecurrentLayers.gru(layers, x, 6))),
  /** Two heads of eight features. */
  ATTENTION(16, (layers, x) -> TransformerLayers.attention(layers, x, 2)),
  /** Two heads of eight features. */
  EINSUM_ATTENTION(16, (layers, x) -> TransformerLayers.einsumAttention(layers, x, 2)),
  /** From its definition. */
  LAYER_NORM(16, (layers, x) -> TransformerLayers.layerNorm(layers, "norm", x)),
  /** Behind the identity that Keras' dropout is in inference. */
  LAYER_NORM_BEHIND_DROPOUT(
      16,
      (layers, x) ->
          TransformerLayers.layerNorm(
              layers,
              "norm",
              layers.at("dropout", "out").identity(layers.at("dense", "tanh").math.tanh(x)))),
  /** As a product and a sum. */
  LAYER_NORM_OF_FACTORS(16, (layers, x) -> TransformerLayers.layerNormOfFactors(layers, "norm", x)),
  /** Attention with its residual, and the norm of both. */
  TRANSFORMER_BLOCK(
      16,
      (layers, x) -> {
        Operand<TFloat32> y = TransformerLayers.attention(layers, x, 2);
        return TransformerLayers.layerNorm(
            layers, "norm", layers.at("residual", "add").math.add(x, y));
      }),
  /** The same with the norm as Keras 2 saves it. */
  KERAS_2_BLOCK(
      16,
      (layers, x) -> {
        Operand<TFloat32> y = TransformerLayers.attention(layers, x, 2);
        return TransformerLayers.layerNormOfImage(
            layers, "norm", layers.at("residual", "add").math.add(x, y));
      }),
  /** Rows of a table for numbers of words, joined, then a dense layer. */
  EMBEDDING(
      (layers, rows) ->
          layers
              .at("embedding", "joined")
              .reshape(rows, layers.tf().array(-1, CompoundModel.WORDS * 6))),
  /** One word after the other, as a recurrent layer reads them. */
  EMBEDDING_OF_STEPS(
      (layers, rows) -> {
        List<Output<TFloat32>> words =
            layers
                .at("embedding", "unpack")
                .unstack(rows, (long) CompoundModel.WORDS, Unstack.axis(1L))
                .output();
        return layers.at("embedding", "sub").math.sub(words.get(0), words.get(3));
      }),
  /** The mean over the words, as a pooling layer computes it. */
  EMBEDDING_MEAN(
      (layers, rows) -> {
        Ops tf = layers.tf();
        Operand<TFloat32> images = tf.expandDims(rows, tf.constant(1));
        List<Long> window = List.of(1L, 1L, (long) CompoundModel.WORDS, 1L);
        return layers
            .at("embedding", "pooled")
            .reshape(tf.nn.avgPool(images, window, window, "VALID"), tf.array(-1, 6));
      });

  /** How many examples {@link #input} has. */
  public static final int BATCH = 32;

  private static final int STEPS = 4;
  private static final int WORDS = 5;
  private static final int ROWS = 12;

  private final int width;
  private final Body body;

  /**
   * A model of sequences.
   *
   * @param width how many features each step has
   */
  CompoundModel(int width, Body body) {
    this.width = width;
    this.body = body;
  }

  /**
   * A model of words.
   *
   * @param body from the rows of the words to what the dense layer reads
   */
  CompoundModel(Body body) {
    this(0, body);
  }

  /** In training mode, with an input "image" and an output "logits", for any batch. */
  public GraphModel model() {
    return model(-1);
  }

  /** For a batch of some size; -1 for any. */
  public GraphModel model(int batch) {
    return width == 0
        ? TestLayers.model(Kind.RESOURCE, TInt32.class, Shape.of(batch, WORDS), this::ofWords)
        : TestLayers.model(Kind.RESOURCE, Shape.of(batch, STEPS, width), body);
  }

  /** A batch for the model; the caller closes it. */
  public TType input() {
    return width == 0 ? words() : TestTraining.random(Shape.of(BATCH, STEPS, width), 1);
  }

  /** The values of {@link #input}, as the runtime takes them. */
  public float[] inputValues() {
    try (TType input = input()) {
      TensorProto values = TensorProtos.of(input);
      if (input instanceof TFloat32) {
        return TensorProtos.toFloats(values);
      }
      int[] words = TensorProtos.toInts(values);
      return Values.of(words.length, i -> words[i]);
    }
  }

  private static Operand<TFloat32> dense(TestLayers layers, Operand<TFloat32> x) {
    return layers.biasAdd("dense", layers.matMul("dense", x, 5));
  }

  private Operand<TFloat32> ofWords(TestLayers layers, Operand<TInt32> words) {
    Operand<TFloat32> table = layers.normal("embedding", "table", Shape.of(ROWS, 6));
    Operand<TFloat32> rows =
        layers.at("embedding", "lookup").gather(table, words, layers.tf().constant(0));
    return dense(layers, body.build(layers, rows));
  }

  private static TInt32 words() {
    TInt32 tensor = TInt32.tensorOf(Shape.of(BATCH, WORDS));
    for (int i = 0; i < BATCH * WORDS; i++) {
      tensor.setInt((i * i + i / 7) % ROWS, i / WORDS, i % WORDS);
    }
    return tensor;
  }
}
