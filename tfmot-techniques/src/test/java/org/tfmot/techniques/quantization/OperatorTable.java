package org.tfmot.techniques.quantization;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.OptimizationReport.Entry;
import org.tfmot.techniques.quantization.PostTrainingQuantization.Calibrated;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.tflite.TfLiteConversionException;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;
import org.tfmot.techniques.tflite.TfLiteOperator;

/**
 * Writes {@code docs/operators.md}: what each operation becomes in a file, and who computes it,
 * from a conversion of the operation alone and the interpreter.
 */
public final class OperatorTable {

  private static final String HEAD =
      """
      # Operators

      What an operation of TensorFlow becomes in a `.tflite` file of `TfLiteConverter`. Each row is a conversion of the
      operation alone, calibrated after training, and an interpreter that opened the file: in float32, in `int8()` and in
      `int16x8()`. "float" says that the operation stays in float in a file of integers: the report names it, and
      `allowFloat` takes the name. "no" says that TensorFlow Lite has no form of it. "XNNPACK" tells whether the delegate
      takes all that the operation became, or which of it the runtime's own kernels compute; it takes nothing of 16 bits.
      "not run" is what
      `TfLiteInterpreter` refuses, because the rules of its kernel are not known. "table" is a function of 256 values: `QUANTIZE`, `CAST` and `GATHER`.

      This page is generated, and a test compares it:

      ```
      mvn -q -pl tfmot-techniques -am test-compile exec:java -Dbenchmark.skip=false -Dexec.classpathScope=test \\
        -Dexec.mainClass=org.tfmot.techniques.quantization.OperatorTable -Dexec.args=../docs/operators.md
      ```

      | Operation | float32 | XNNPACK | int8 | XNNPACK | int16x8 |
      |---|---|---|---|---|---|
      """;

  private static final Set<String> TABLE = Set.of("CAST", "GATHER");
  private static final Set<String> BORDER = Set.of("QUANTIZE", "DEQUANTIZE");

  private OperatorTable() {}

  /** Writes the page to a file. */
  public static void main(String[] file) throws IOException {
    StringBuilder page = new StringBuilder(HEAD);
    cases().forEach(each -> page.append(row(each)).append('\n'));
    Files.writeString(Path.of(file[0]), page);
  }

  /** The operations of the page, in its order. */
  static Stream<OperationCase> cases() {
    return Stream.of(
            ConvolutionCases.all(),
            MovementCases.all(),
            ChoiceCases.all(),
            FunctionCases.all(),
            FloatCases.all())
        .flatMap(cases -> cases);
  }

  /** The row of an operation. */
  static String row(OperationCase each) {
    GraphModel model = TestLayers.model(Kind.RESOURCE, each.shape(), each.body());
    List<String> cells = new ArrayList<>();
    cells.add(each.name().replace("|", "\\|"));
    TfLiteModel plain = convert(TfLiteConverter.of(model.toInference()));
    cells.add(plain == null ? "no" : "yes");
    cells.add(plain == null ? "" : delegated(plain));
    try (TFloat32 image = TestTraining.random(each.shape(), 1)) {
      TfLiteModel narrow = quantized(model, image, 8, cells);
      cells.add(narrow == null ? "" : delegated(narrow));
      quantized(model, image, 16, cells);
    }
    return "| " + String.join(" | ", cells) + " |";
  }

  private static TfLiteModel quantized(
      GraphModel model, TFloat32 image, int bits, List<String> cells) {
    Calibrated calibrated;
    try {
      calibrated =
          PostTrainingQuantization.builder()
              .activationBits(bits)
              .build()
              .calibrate(model, List.of(Map.of("image", image)));
    } catch (IllegalArgumentException e) {
      cells.add("float"); // There is nothing to quantize.
      return null;
    }
    List<Entry> skipped = calibrated.report().skipped();
    Set<String> names = skipped.stream().map(Entry::operation).collect(Collectors.toSet());
    TfLiteConverter converter = TfLiteConverter.of(calibrated.model()).allowFloat(names);
    TfLiteModel file = convert(bits == 8 ? converter.int8() : converter.int16x8());
    if (file == null) {
      cells.add("no");
    } else {
      cells.add(skipped.isEmpty() ? operators(file) : "float");
    }
    return file;
  }

  private static String operators(TfLiteModel file) {
    Set<String> names = new LinkedHashSet<>();
    file.operators().stream().map(TfLiteOperator::name).forEach(names::add);
    names.removeAll(BORDER);
    if (names.containsAll(TABLE)) {
      names.removeAll(TABLE);
      names.add("table");
    }
    return names.isEmpty() ? "QUANTIZE" : String.join(", ", names);
  }

  private static TfLiteModel convert(TfLiteConverter converter) {
    try {
      return converter.convert();
    } catch (TfLiteConversionException e) {
      return null;
    }
  }

  private static String delegated(TfLiteModel file) {
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
      Set<String> left = new LinkedHashSet<>(interpreter.undelegatedOperators());
      left.removeAll(BORDER);
      return left.isEmpty() ? "yes" : "without " + String.join(", ", left);
    } catch (IllegalArgumentException e) {
      return "not run"; // The interpreter does not know what the kernel takes for granted.
    }
  }
}
