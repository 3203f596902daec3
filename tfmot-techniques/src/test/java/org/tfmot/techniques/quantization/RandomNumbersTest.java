package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.OptimizationReport.Entry;
import org.tfmot.api.optimizer.Adam;
import org.tfmot.techniques.quantization.PostTrainingQuantization.Calibrated;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.testing.Values;
import org.tfmot.techniques.tflite.TfLiteConversionException;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;

/** Models that draw numbers: samplers, and dropouts of TensorFlow 1. */
@EnabledOnOs(OS.LINUX)
class RandomNumbersTest {

  private static final Shape SHAPE = Shape.of(16, 6);

  /** A variational autoencoder: a mean and a deviation, and a number in between. */
  private static Operand<TFloat32> sampler(TestLayers layers, Operand<TFloat32> x) {
    Ops tf = layers.tf();
    Operand<TFloat32> mean = layers.matMul("mean", x, 3);
    Operand<TFloat32> deviation = tf.math.exp(layers.matMul("log", x, 3));
    Operand<TFloat32> numbers =
        tf.withName("numbers").random.randomStandardNormal(tf.shape(mean), TFloat32.class);
    Operand<TFloat32> sample = tf.math.add(mean, tf.math.mul(deviation, numbers));
    return layers.matMul("decoder", sample, 4);
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 16})
  void numbers_areInFloat_asTheReportSays(int bits) {
    GraphModel model =
        TestLayers.model(Kind.RESOURCE, SHAPE, RandomNumbersTest::sampler).withTraining(false);
    try (TFloat32 image = TestTraining.random(SHAPE, 1)) {
      Calibrated calibrated =
          PostTrainingQuantization.builder()
              .activationBits(bits)
              .build()
              .calibrate(model, List.of(Map.of("image", image)));
      List<String> skipped = calibrated.report().skipped().stream().map(Entry::operation).toList();
      assertEquals(List.of("numbers"), skipped);
      TfLiteConverter converter = TfLiteConverter.of(calibrated.model());
      TfLiteConverter integers = bits == 8 ? converter.int8() : converter.int16x8();
      assertThrows(TfLiteConversionException.class, integers::convert);
      TfLiteModel file = integers.allowFloat(skipped).convert();
      try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
        float[] first = interpreter.run(Values.of(image), 16);
        float[] second = interpreter.run(Values.of(image), 16);
        assertTrue(Values.distance(first, second) > 0.1);
      }
    }
  }

  @Test
  void sampler_trains_andItsNumbersDiffer() {
    GraphModel model = TestLayers.model(Kind.RESOURCE, SHAPE, RandomNumbersTest::sampler);
    try (TFloat32 image = TestTraining.random(SHAPE, 1);
        LiveModel live = model.open()) {
      Operand<TFloat32> numbers = live.graph().outputOrThrow("numbers").expect(TFloat32.class);
      Op step =
          new Adam()
              .minimize(
                  live,
                  live.ops().nn.l2Loss(live.ops().math.sub(output(live), live.ops().constant(1f))),
                  0.01);
      Map<String, TFloat32> feeds = Map.of("image", image);
      live.runner(feeds).addTarget(step).run().close();
      GraphModel trained = live.snapshot();
      for (String name : List.of("mean/kernel", "log/kernel", "decoder/kernel")) {
        assertNotEquals(model.variable(name).value(), trained.variable(name).value(), name);
      }
      try (Result first = live.runner(feeds).fetch(numbers).run();
          Result second = live.runner(feeds).fetch(numbers).run()) {
        assertTrue(Values.distance(Values.of(first.get(0)), Values.of(second.get(0))) > 0.1);
      }
    }
  }

  @SuppressWarnings("unchecked") // The output is of type float.
  private static Operand<TFloat32> output(LiveModel live) {
    return (Operand<TFloat32>) live.output("logits");
  }

  /** {@code floor(keep + random)}, with a share that is fed in training. */
  @Test
  void dropoutOfAShareWithADefault_isNoneInInference() {
    GraphModel model =
        TestLayers.model(
                Kind.RESOURCE,
                SHAPE,
                (layers, x) -> {
                  Ops tf = layers.tf();
                  Operand<TFloat32> keep =
                      tf.withName("keep").placeholderWithDefault(tf.constant(1f), Shape.scalar());
                  Operand<TFloat32> y = layers.matMul("d", x, 6);
                  Operand<TFloat32> numbers = tf.random.randomUniform(tf.shape(y), TFloat32.class);
                  Operand<TFloat32> mask = tf.math.floor(tf.math.add(keep, numbers));
                  return layers.matMul("e", tf.math.mul(tf.math.div(y, keep), mask), 3);
                })
            .withTraining(false);
    assertEquals(1, model.randomOperations().size());
    assertEquals(List.of(), model.toInference().randomOperations());
    try (TFloat32 image = TestTraining.random(SHAPE, 1)) {
      GraphModel quantized = IntegerModels.Way.POST_TRAINING.apply(model, image);
      IntegerModels.assertAgree(quantized, image, Values.of(image), 1, 0.1);
    }
  }
}
