package org.tfmot.techniques.quantization;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tfmot.api.GraphModel;
import org.tfmot.techniques.testing.Attempts;
import org.tfmot.techniques.testing.ChildTrials;
import org.tfmot.techniques.testing.CompoundModel;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.tflite.FileMutations;
import org.tfmot.techniques.tflite.TfLiteConversionException;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;
import org.tfmot.techniques.tflite.TfLiteTensor;

/** Parses, opens, runs, resizes and measures a mutated {@code .tflite} file. */
public final class MutatedFileTrial implements ChildTrials.Trial {

  /** How many trials in a row change the same file: it takes a second to be made. */
  private static final int TRIALS_OF_A_FILE = 40;

  private static final List<CompoundModel> COMPOUND = List.of(CompoundModel.values());
  private static final List<OperationCase> OPERATIONS =
      Stream.of(ConvolutionCases.all(), MovementCases.all(), FunctionCases.all())
          .flatMap(cases -> cases)
          .toList();

  private final Map<Long, byte[]> files = new HashMap<>();

  @Override
  public String run(long seed) {
    byte[] original = files.computeIfAbsent(seed / TRIALS_OF_A_FILE, MutatedFileTrial::file);
    Random random = new Random(seed);
    byte[] bytes = FileMutations.mutate(original, random);
    Attempts attempts = new Attempts();
    TfLiteModel model = attempts.attempt("parse", () -> TfLiteModel.of(bytes));
    if (model == null) {
      return attempts.outcome();
    }
    Boolean small = attempts.attempt("check", () -> FileMutations.isSmall(model));
    if (Boolean.FALSE.equals(small)) {
      return "too large for a trial";
    }
    TfLiteInterpreter interpreter =
        attempts.attempt("open", () -> TfLiteInterpreter.open(model, 1 + random.nextInt(2)));
    if (interpreter == null) {
      return attempts.outcome();
    }
    try (interpreter) {
      attempts.attempt("run", () -> interpreter.run(inputs(model, 1), batch(model)));
      attempts.attempt("run of 2", () -> interpreter.run(inputs(model, 2), 2));
      String name = interpreter.inputNames().isEmpty() ? "" : interpreter.inputNames().get(0);
      attempts.attempt(
          "resize",
          () -> {
            interpreter.resizeInput(name, Shape.of(5, 5, 3));
            return name;
          });
      attempts.attempt("measure", () -> interpreter.benchmark(0, 2));
      attempts.attempt("delegate", interpreter::undelegatedOperators);
    }
    return attempts.outcome();
  }

  private static int batch(TfLiteModel model) {
    return model.inputs().values().stream()
        .map(index -> model.tensors().get(index).shape())
        .filter(shape -> shape.numDimensions() > 0)
        .map(shape -> (int) Math.max(1, shape.get(0)))
        .findFirst()
        .orElse(1);
  }

  private static Map<String, float[]> inputs(TfLiteModel model, int factor) {
    Map<String, float[]> inputs = new HashMap<>();
    model
        .inputs()
        .forEach(
            (name, index) -> {
              TfLiteTensor tensor = model.tensors().get(index);
              float[] values = new float[(int) tensor.elementCount() * factor];
              boolean whole = !tensor.type().isFloat() && tensor.quantization().isEmpty();
              for (int i = 0; i < values.length; i++) {
                values[i] = whole ? i % 3 : (i % 17) / 17f;
              }
              inputs.put(name, values);
            });
    return inputs;
  }

  /** Converts a model in one of the modes. */
  private static byte[] file(long number) {
    int count = COMPOUND.size() + OPERATIONS.size();
    int which = (int) (number % count);
    int mode = (int) (number / count + number) % 5;
    GraphModel model;
    Tensor image;
    if (which < COMPOUND.size()) {
      CompoundModel compound = COMPOUND.get(which);
      model = compound.model();
      image = compound.input();
    } else {
      OperationCase operation = OPERATIONS.get(which - COMPOUND.size());
      model = TestLayers.model(Kind.RESOURCE, operation.shape(), operation.body());
      image = TestTraining.random(operation.shape(), 1);
    }
    try (image) {
      return converter(model, image, mode).convert().toByteArray();
    } catch (TfLiteConversionException | IllegalArgumentException e) {
      // Not every operation has a form in every mode.
      return file(number + 1);
    }
  }

  private static TfLiteConverter converter(GraphModel model, Tensor image, int mode) {
    PostTrainingQuantization.Builder quantization = PostTrainingQuantization.builder();
    List<Map<String, Tensor>> batches = List.of(Map.of("image", image));
    return switch (mode) {
      case 0 -> TfLiteConverter.of(model.toInference());
      case 1 -> TfLiteConverter.of(model.toInference()).dynamicRange();
      case 2 -> TfLiteConverter.of(model.toInference()).float16();
      case 3 ->
          TfLiteConverter.of(
                  quantization.activationBits(16).build().calibrate(model, batches).model())
              .int16x8();
      default -> TfLiteConverter.of(quantization.build().calibrate(model, batches).model()).int8();
    };
  }
}
