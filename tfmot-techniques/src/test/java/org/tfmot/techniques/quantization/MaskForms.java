package org.tfmot.techniques.quantization;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.Squeeze;
import org.tensorflow.op.train.BatchMatMul;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;

/** Attentions with masks in the forms in which libraries write them. */
final class MaskForms {

  static final int BATCH = 2;
  static final int HEADS = 2;
  static final int SIZE = 8;
  static final int DEPTH = 4;

  /** From the scores and a mask of {@code [batch, size]}, 1 where a position is seen. */
  interface Body {
    Operand<TFloat32> weights(Ops tf, Operand<TFloat32> scores, Operand<TFloat32> mask);
  }

  /** A form by its library. */
  record Form(String name, Body body) {
    @Override
    public String toString() {
      return name;
    }
  }

  private MaskForms() {}

  static List<Form> all() {
    return List.of(
        new Form("Keras 2", (tf, s, m) -> softmax(tf, tf.math.add(s, adder(tf, m, -1e9f)))),
        new Form("Keras 3", (tf, s, m) -> softmax(tf, tf.math.add(s, adder(tf, m, -3e4f)))),
        new Form(
            "BERT",
            (tf, s, m) ->
                softmax(
                    tf,
                    tf.math.add(
                        tf.math.div(s, tf.constant(2f)),
                        tf.math.mul(
                            tf.math.sub(tf.constant(1f), heads(tf, m)), tf.constant(-1e4f))))),
        new Form(
            "BERT of the lowest float",
            (tf, s, m) ->
                softmax(
                    tf,
                    tf.math.add(
                        s,
                        tf.math.mul(
                            tf.math.sub(tf.constant(1f), heads(tf, m)),
                            tf.constant(-Float.MAX_VALUE))))),
        new Form(
            "T5",
            (tf, s, m) -> softmax(tf, tf.math.add(s, tf.math.add(bias(tf), adder(tf, m, -1e9f))))),
        new Form(
            "two sums",
            (tf, s, m) ->
                softmax(
                    tf,
                    tf.math.add(
                        tf.math.add(s, bias(tf)), tf.math.add(bias(tf), adder(tf, m, -1e9f))))),
        new Form(
            "GPT",
            (tf, s, m) ->
                softmax(
                    tf,
                    tf.math.add(
                        tf.select(causal(tf, s), s, tf.constant(-1e4f)), adder(tf, m, -1e4f)))),
        new Form(
            "GPT of a factor",
            (tf, s, m) -> {
              Operand<TFloat32> seen = tf.constant(triangle());
              return softmax(
                  tf,
                  tf.math.sub(
                      tf.math.mul(s, seen),
                      tf.math.mul(tf.constant(1e4f), tf.math.sub(tf.constant(1f), seen))));
            }),
        new Form("Swin", MaskForms::swin),
        new Form(
            "a mask before the scale",
            (tf, s, m) ->
                softmax(tf, tf.math.mul(tf.math.add(s, adder(tf, m, -1e9f)), tf.constant(.5f)))),
        new Form(
            "a mask before a division",
            (tf, s, m) ->
                softmax(tf, tf.math.div(tf.math.add(s, adder(tf, m, -1e4f)), tf.constant(2f)))),
        new Form(
            "a choice of minus infinity",
            (tf, s, m) ->
                softmax(tf, tf.select(truth(tf, m), s, tf.constant(Float.NEGATIVE_INFINITY)))),
        new Form(
            "a choice of -1e9, scaled",
            (tf, s, m) ->
                softmax(
                    tf,
                    tf.math.mul(tf.select(truth(tf, m), s, tf.constant(-1e9f)), tf.constant(.5f)))),
        new Form(
            "shapes that the graph computes",
            (tf, s, m) -> {
              Operand<TFloat32> sum = tf.math.add(s, adder(tf, m, -1e9f));
              Operand<TInt32> shape = tf.shape(sum);
              Operand<TFloat32> flat = tf.reshape(sum, tf.constant(new int[] {-1, SIZE}));
              return tf.reshape(softmax(tf, flat), shape);
            }),
        new Form(
            "a mask behind a transposition",
            (tf, s, m) -> {
              Operand<TInt32> order = tf.constant(new int[] {1, 0, 2, 3});
              Operand<TFloat32> sum = tf.math.add(s, adder(tf, m, -1e9f));
              return tf.linalg.transpose(
                  tf.squeeze(
                      softmax(tf, tf.expandDims(tf.linalg.transpose(sum, order), tf.constant(0))),
                      Squeeze.axis(List.of(0L))),
                  order);
            }));
  }

  /** Windows in the batch have masks of their own, between two changes of the shape. */
  private static Operand<TFloat32> swin(Ops tf, Operand<TFloat32> scores, Operand<TFloat32> mask) {
    float[] values = new float[BATCH * SIZE * SIZE];
    for (int i = 0; i < values.length; i++) {
      boolean same = i % SIZE / 3 == i / SIZE % SIZE / 3;
      values[i] = i / (SIZE * SIZE) == 1 && !same ? -100 : 0;
    }
    Operand<TFloat32> windows =
        tf.constant(Shape.of(1, BATCH, 1, SIZE, SIZE), DataBuffers.of(values));
    Operand<TFloat32> split =
        tf.reshape(
            tf.math.add(scores, bias(tf)), tf.constant(new int[] {-1, BATCH, HEADS, SIZE, SIZE}));
    return softmax(
        tf,
        tf.reshape(tf.math.add(split, windows), tf.constant(new int[] {-1, HEADS, SIZE, SIZE})));
  }

  private static Operand<TFloat32> softmax(Ops tf, Operand<TFloat32> scores) {
    return tf.nn.softmax(scores);
  }

  private static Operand<TFloat32> heads(Ops tf, Operand<TFloat32> mask) {
    return tf.reshape(mask, tf.constant(new int[] {BATCH, 1, 1, SIZE}));
  }

  private static Operand<TBool> truth(Ops tf, Operand<TFloat32> mask) {
    return tf.math.greater(heads(tf, mask), tf.constant(.5f));
  }

  private static Operand<TFloat32> adder(Ops tf, Operand<TFloat32> mask, float low) {
    Operand<TFloat32> number = tf.dtypes.cast(truth(tf, mask), TFloat32.class);
    return tf.math.mul(tf.math.sub(tf.constant(1f), number), tf.constant(low));
  }

  private static float[][] triangle() {
    float[][] seen = new float[SIZE][SIZE];
    for (int i = 0; i < SIZE; i++) {
      for (int j = 0; j <= i; j++) {
        seen[i][j] = 1;
      }
    }
    return seen;
  }

  /** The mask whose size the scores say. */
  private static Operand<TBool> causal(Ops tf, Operand<TFloat32> scores) {
    Operand<TInt32> size = tf.gather(tf.shape(scores), tf.constant(3), tf.constant(0));
    Operand<TInt32> row = tf.range(tf.constant(0), size, tf.constant(1));
    return tf.math.greaterEqual(tf.expandDims(row, tf.constant(1)), row);
  }

  private static Operand<TFloat32> bias(Ops tf) {
    float[] values = waves(HEADS * SIZE * SIZE, 4, 1);
    return tf.constant(Shape.of(1, HEADS, SIZE, SIZE), DataBuffers.of(values));
  }

  static float[] waves(int count, int seed, float factor) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = factor * (float) Math.sin(seed + 1.7 * i);
    }
    return values;
  }

  /** An attention with the inputs {@code q}, {@code k} and {@code mask}. */
  static GraphModel model(Form form) {
    return model(form, false);
  }

  /** The shares of an attention. */
  static GraphModel shares(Form form) {
    return model(form, true);
  }

  private static GraphModel model(Form form, boolean shares) {
    return GraphModel.build(
        tf -> {
          Shape shape = Shape.of(BATCH, HEADS, SIZE, DEPTH);
          Operand<TFloat32> q = input(tf, "q", shape);
          Operand<TFloat32> k = input(tf, "k", shape);
          Operand<TFloat32> mask = input(tf, "mask", Shape.of(BATCH, SIZE));
          Operand<TFloat32> scores =
              tf.train.batchMatMul(q, k, TFloat32.class, BatchMatMul.adjY(true));
          Operand<TFloat32> weights =
              tf.reshape(
                  form.body.weights(tf.withSubScope("masking"), scores, mask),
                  tf.constant(new int[] {BATCH, HEADS, SIZE, SIZE}));
          return Endpoints.builder()
              .input("q", q)
              .input("k", k)
              .input("mask", mask)
              .output("logits", shares ? weights : tf.train.batchMatMul(weights, k, TFloat32.class))
              .build();
        });
  }

  private static Operand<TFloat32> input(Ops tf, String name, Shape shape) {
    return tf.withName(name).placeholder(TFloat32.class, Placeholder.shape(shape));
  }
}
