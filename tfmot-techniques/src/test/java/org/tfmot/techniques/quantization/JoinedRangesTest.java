package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.quantization.plan.ActivationPoint;
import org.tfmot.techniques.testing.KerasCell;
import org.tfmot.techniques.testing.KerasRecurrent;
import org.tfmot.techniques.testing.KerasRecurrent.Layer;
import org.tfmot.techniques.testing.KerasRecurrent.Style;
import org.tfmot.techniques.testing.SequenceAgreement;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteModel;

/** Selections among tensors that others read, too, are of integers and as simulated. */
class JoinedRangesTest {

  enum Choice {
    /** A state that the next selection and a product read. */
    CHAIN {
      @Override
      Operand<TFloat32> of(Ops tf, Operand<TFloat32> narrow, Operand<TFloat32> wide) {
        Operand<TFloat32> first = tf.select(positive(tf, wide), narrow, wide);
        Operand<TFloat32> second = tf.select(positive(tf, narrow), wide, first);
        return tf.math.add(first, second);
      }
    },
    /** A range that the runtime demands. */
    TANH {
      @Override
      Operand<TFloat32> of(Ops tf, Operand<TFloat32> narrow, Operand<TFloat32> wide) {
        Operand<TFloat32> bounded = tf.math.tanh(wide);
        return tf.math.add(bounded, tf.select(positive(tf, wide), bounded, narrow));
      }
    },
    REVERSED {
      @Override
      Operand<TFloat32> of(Ops tf, Operand<TFloat32> narrow, Operand<TFloat32> wide) {
        Operand<TFloat32> stack = tf.stack(List.of(narrow, narrow));
        Operand<TFloat32> back = tf.reverse(stack, tf.array(0));
        return tf.unstack(
                tf.concat(List.of(back, tf.stack(List.of(wide, wide))), tf.constant(2)), 2L)
            .output()
            .get(0);
      }
    };

    abstract Operand<TFloat32> of(Ops tf, Operand<TFloat32> narrow, Operand<TFloat32> wide);

    private static Operand<TBool> positive(Ops tf, Operand<TFloat32> x) {
      return tf.math.greater(x, tf.constant(0.05f));
    }
  }

  @ParameterizedTest
  @EnumSource(Choice.class)
  void choiceAmongTensorsThatOthersRead_isAsSimulated(Choice choice) {
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            Shape.of(-1, 6),
            (layers, x) -> {
              Ops tf = layers.tf();
              Operand<TFloat32> wide = layers.matMul("w", x, 6);
              Operand<TFloat32> narrow = tf.math.mul(layers.relu("n", x), tf.constant(0.2f));
              Operand<TFloat32> others =
                  tf.math.add(layers.matMul("a", narrow, 3), layers.matMul("b", wide, 3));
              return tf.math.add(layers.matMul("m", choice.of(tf, narrow, wide), 3), others);
            });
    try (TFloat32 batch = TestTraining.random(Shape.of(64, 6), 1)) {
      GraphModel quantized = calibrated(model, Map.of("image", batch));
      TfLiteModel file = TfLiteConverter.of(quantized).int8().convert();
      assertEquals(List.of(), file.floatOperators());
      SequenceAgreement agreement = SequenceAgreement.of(quantized, file, Map.of("image", batch));
      assertTrue(agreement.worst() < 2.1, agreement.toString());
    }
  }

  @ParameterizedTest
  @EnumSource(KerasCell.class)
  void maskedLayers_areOfIntegers(KerasCell cell) {
    Layer first = new Layer(cell, 5, true, true, false);
    Layer second = new Layer(cell, 4, false, false, false);
    GraphModel model =
        new KerasRecurrent(Style.KERAS_2, 4, 3, 11, true, List.of(first, second), 4).load();
    int[] words = new int[64 * 4];
    for (int i = 0; i < words.length; i++) {
      words[i] = i % 4 <= i / 4 % 4 ? 1 + i * 7 % 10 : 0;
    }
    try (TInt32 batch = TInt32.tensorOf(Shape.of(64, 4), DataBuffers.of(words))) {
      GraphModel quantized = calibrated(model, Map.of("image", batch));
      TfLiteModel file = TfLiteConverter.of(quantized).int8().convert();
      assertEquals(List.of(), file.floatOperators());
      SequenceAgreement agreement = SequenceAgreement.of(quantized, file, Map.of("image", batch));
      assertTrue(agreement.deviation() <= 0.01, agreement.toString());
    }
  }

  /** Its other readers would have fewer steps for it; layers in a row are no loop either. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void operandOfAStack_keepsItsRange(boolean inARow) {
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            Shape.of(-1, 6),
            (layers, x) -> {
              Ops tf = layers.tf();
              Operand<TFloat32> a = tf.withName("a").math.mul(x, tf.constant(0.25f));
              Operand<TFloat32> first = tf.withName("first").nn.relu(layers.matMul("u", a, 6));
              Operand<TFloat32> b =
                  tf.withName("b")
                      .math
                      .mul(inARow ? layers.matMul("v", first, 6) : x, tf.constant(1f));
              Operand<TFloat32> stack =
                  tf.withName("stack").stack(inARow ? List.of(first, b) : List.of(a, b));
              return tf.math.add(
                  tf.math.add(tf.math.mul(a, tf.constant(3f)), first),
                  tf.unstack(stack, 2L).output().get(1));
            });
    try (TFloat32 batch = TestTraining.random(Shape.of(64, 6), 1)) {
      GraphModel quantized = calibrated(model, Map.of("image", batch));
      GraphEditor graph = new GraphEditor(quantized.graphDef());
      String[] operands = inARow ? new String[] {"first", "b"} : new String[] {"a", "b"};
      double one = width(graph, operands[0]);
      double other = width(graph, operands[1]);
      assertTrue(Math.max(one, other) > 1.3 * Math.min(one, other), one + " and " + other);
      assertTrue(inARow || other > 3.9 * one, one + " and " + other);
    }
  }

  private static double width(GraphEditor graph, String tensor) {
    String quantizer = ActivationPoint.quantizer(TensorRef.of(tensor));
    double max = TensorProtos.toFloats(value(graph, quantizer + "/max"))[0];
    return max - TensorProtos.toFloats(value(graph, quantizer + "/min"))[0];
  }

  private static TensorProto value(GraphEditor graph, String constant) {
    return graph.node(constant).getAttrOrThrow("value").getTensor();
  }

  private static GraphModel calibrated(GraphModel model, Map<String, ? extends Tensor> sample) {
    return PostTrainingQuantization.builder().build().calibrate(model, List.of(sample)).model();
  }
}
