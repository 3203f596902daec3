package org.tfmot.techniques.lowering;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.techniques.quantization.PostTrainingQuantization;
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

/** Operands that others read, too, are not cut off where they are merged and reshaped. */
class MergedResultsTest {

  private static final Shape VECTORS = Shape.of(64, 6);

  enum Merge {
    CONCAT {
      @Override
      Operand<TFloat32> of(Ops tf, Operand<TFloat32> narrow, Operand<TFloat32> wide) {
        return tf.reshape(tf.concat(List.of(narrow, wide), tf.constant(1)), tf.array(-1, 6));
      }
    },
    PACK {
      @Override
      Operand<TFloat32> of(Ops tf, Operand<TFloat32> narrow, Operand<TFloat32> wide) {
        return tf.reshape(tf.stack(List.of(narrow, wide)), tf.array(-1, 6));
      }
    },
    CONCAT_TRANSPOSED {
      @Override
      Operand<TFloat32> of(Ops tf, Operand<TFloat32> narrow, Operand<TFloat32> wide) {
        Operand<TFloat32> merged = tf.concat(List.of(narrow, wide), tf.constant(0));
        Operand<TFloat32> turned = tf.linalg.transpose(merged, tf.constant(new int[] {1, 0}));
        return tf.reshape(tf.math.neg(turned), tf.array(-1, 6));
      }
    },
    PACK_TRANSPOSED {
      @Override
      Operand<TFloat32> of(Ops tf, Operand<TFloat32> narrow, Operand<TFloat32> wide) {
        Operand<TFloat32> merged = tf.stack(List.of(narrow, wide));
        return tf.reshape(
            tf.linalg.transpose(merged, tf.constant(new int[] {1, 0, 2})), tf.array(-1, 6));
      }
    },
    /** The converter makes the two equal reshapes one. */
    MAXIMUM_RESHAPED_TWICE {
      @Override
      Operand<TFloat32> of(Ops tf, Operand<TFloat32> narrow, Operand<TFloat32> wide) {
        Operand<TFloat32> merged = tf.math.maximum(narrow, wide);
        Operand<TFloat32> one = tf.reshape(merged, tf.array(-1, 3));
        Operand<TFloat32> two = tf.reshape(merged, tf.array(-1, 3));
        return tf.reshape(tf.concat(List.of(one, two), tf.constant(1)), tf.array(-1, 6));
      }
    },
    MAXIMUM_BEHIND_IDENTITY {
      @Override
      Operand<TFloat32> of(Ops tf, Operand<TFloat32> narrow, Operand<TFloat32> wide) {
        Operand<TFloat32> same = tf.identity(tf.math.maximum(narrow, wide));
        return tf.reshape(same, tf.array(-1, 6));
      }
    };

    abstract Operand<TFloat32> of(Ops tf, Operand<TFloat32> narrow, Operand<TFloat32> wide);
  }

  @ParameterizedTest
  @EnumSource(Merge.class)
  void narrowFirstOperand_doesNotCutOffTheOthers(Merge merge) {
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            Shape.of(-1, 6),
            (layers, x) -> {
              Ops tf = layers.tf();
              Operand<TFloat32> wide = layers.relu("w", layers.matMul("w", x, 6));
              Operand<TFloat32> narrow = tf.math.mul(layers.relu("n", x), tf.constant(0.1f));
              Operand<TFloat32> merged = layers.matMul("m", merge.of(tf, narrow, wide), 3);
              // Both are read elsewhere, so that they keep their ranges.
              Operand<TFloat32> others =
                  tf.math.add(layers.matMul("a", narrow, 6), layers.matMul("b", wide, 6));
              Operand<TFloat32> rest = tf.reshape(others, tf.array(-1, 3));
              return tf.concat(List.of(merged, rest), tf.constant(0));
            });
    try (TFloat32 image = TestTraining.random(VECTORS, 1);
        TFloat32 one = TestTraining.random(Shape.of(1, 6), 2)) {
      GraphModel quantized = calibrated(model, image);
      TfLiteModel file = TfLiteConverter.of(quantized).int8().convert();
      SequenceAgreement agreement = SequenceAgreement.of(quantized, file, Map.of("image", one));
      assertTrue(agreement.worst() < 2.1, agreement.toString());
    }
  }

  @ParameterizedTest
  @EnumSource(Style.class)
  void layerThatReturnsSequences_isAsSimulated(Style style) {
    GraphModel model =
        new KerasRecurrent(style, 4, 3, 0, false, List.of(Layer.of(KerasCell.GRU, 4, true)), 2)
            .load();
    try (TFloat32 image = TestTraining.random(Shape.of(64, 4, 3), 3)) {
      GraphModel quantized = calibrated(model, image);
      TfLiteModel file = TfLiteConverter.of(quantized).int8().convert();
      SequenceAgreement agreement = SequenceAgreement.of(quantized, file, Map.of("image", image));
      assertTrue(agreement.withinOneStep() >= 0.99, agreement.toString());
    }
  }

  private static GraphModel calibrated(GraphModel model, TFloat32 image) {
    return PostTrainingQuantization.builder()
        .build()
        .calibrate(model, List.of(Map.of("image", image)))
        .model();
  }
}
