package org.tfmot.techniques;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.tfmot.api.Checkpoint;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.Optimized;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.optimizer.AdamW;
import org.tfmot.api.optimizer.Lamb;
import org.tfmot.api.optimizer.WeightDecay;
import org.tfmot.techniques.clustering.Clustering;
import org.tfmot.techniques.encoding.Codebook;
import org.tfmot.techniques.formats.FormatComparison;
import org.tfmot.techniques.pruning.Pruning;
import org.tfmot.techniques.pruning.PruningSchedule;
import org.tfmot.techniques.quantization.PostTrainingQuantization;
import org.tfmot.techniques.quantization.QuantizationAwareTraining;
import org.tfmot.techniques.quantization.Quantizer;
import org.tfmot.techniques.summary.WeightSummary;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;

/** Whoever gives null where something is needed reads which argument it was. */
class NullArgumentsTest {

  /** Numbers that all methods below take. */
  private static final Map<Class<?>, Object> NUMBERS =
      Map.of(boolean.class, true, long.class, 5L, int.class, 5, double.class, 0.5);

  static Stream<Arguments> entrances() {
    return Stream.of(
        Arguments.of(GraphModel.class, null),
        Arguments.of(Endpoints.Builder.class, Endpoints.builder()),
        Arguments.of(Checkpoint.class, null),
        Arguments.of(LayerSelector.class, null),
        Arguments.of(ModelEditor.class, null),
        Arguments.of(Optimized.class, null),
        Arguments.of(Variable.class, null),
        Arguments.of(GraphEditor.class, null),
        Arguments.of(TensorProtos.class, null),
        Arguments.of(AdamW.class, null),
        Arguments.of(Lamb.class, null),
        Arguments.of(WeightDecay.class, null),
        Arguments.of(Clustering.Builder.class, Clustering.builder()),
        Arguments.of(Codebook.class, null),
        Arguments.of(FormatComparison.class, null),
        Arguments.of(Pruning.Builder.class, Pruning.builder()),
        Arguments.of(PruningSchedule.class, null),
        Arguments.of(PostTrainingQuantization.class, PostTrainingQuantization.builder().build()),
        Arguments.of(PostTrainingQuantization.Builder.class, PostTrainingQuantization.builder()),
        Arguments.of(QuantizationAwareTraining.Builder.class, QuantizationAwareTraining.builder()),
        Arguments.of(QuantizationAwareTraining.class, QuantizationAwareTraining.create()),
        Arguments.of(Quantizer.class, null),
        Arguments.of(WeightSummary.class, null),
        Arguments.of(TfLiteConverter.class, null),
        Arguments.of(TfLiteInterpreter.class, null),
        Arguments.of(TfLiteModel.class, null));
  }

  @ParameterizedTest
  @MethodSource("entrances")
  void nullArgument_isNamed(Class<?> type, Object instance) throws Exception {
    List<String> unnamed = new ArrayList<>();
    int tried = 0;
    for (Executable call : calls(type)) {
      boolean bound = call instanceof Method && !Modifier.isStatic(call.getModifiers());
      if (bound && instance == null) {
        continue;
      }
      Object[] nulls =
          Arrays.stream(call.getParameterTypes()).map(NUMBERS::get).toArray(Object[]::new);
      tried++;
      try {
        if (call instanceof Constructor<?> made) {
          made.newInstance(nulls);
        } else {
          ((Method) call).invoke(instance, nulls);
        }
        unnamed.add(call + " takes it");
      } catch (InvocationTargetException e) {
        String message = String.valueOf(e.getCause().getMessage());
        if (!(e.getCause() instanceof NullPointerException)
            || !message.matches("the argument \"\\w+\" is null")) {
          unnamed.add(call + ": " + e.getCause());
        }
      }
    }
    assertEquals(List.of(), unnamed);
    assertTrue(tried > 0, type.getName());
  }

  /** Returns what is called with references; records of results are made by the library. */
  private static List<Executable> calls(Class<?> type) {
    List<Executable> calls = new ArrayList<>(List.of(type.getDeclaredMethods()));
    if (type != WeightSummary.class) {
      calls.addAll(List.of(type.getDeclaredConstructors()));
    }
    calls.removeIf(
        call ->
            !Modifier.isPublic(call.getModifiers())
                || call.isSynthetic()
                || call.getName().equals("equals")
                || Arrays.stream(call.getParameterTypes()).allMatch(Class::isPrimitive));
    assertFalse(calls.isEmpty(), type.getName());
    return calls;
  }
}
