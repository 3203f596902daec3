package org.tfmot.techniques.tflite;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Puts what TensorFlow's converter says when it fails into words for users of this library: without
 * the listing of the whole graph, and without advice about flags of its Python interface, which
 * nobody can set here.
 */
final class ConverterMessages {

  private static final Pattern DUMP =
      Pattern.compile(
          "^.*see current operation:\\s+\"(func\\.func|builtin\\.module)\"", Pattern.MULTILINE);

  private static final Pattern NO_16_BITS =
      Pattern.compile("'tfl\\.(\\w+)' op operand .*!quant\\.uniform<i16");

  /** A node in a location: its type and its name. */
  private static final Pattern NODE = Pattern.compile("\"(\\w+):\", \"([^\"]+)\"");

  /** Advice that only Python's users can follow. */
  private static final Pattern ADVICE =
      Pattern.compile(
          "converter\\.|experimental_|tf\\.lite|target_spec|supported_ops|allow_custom_ops"
              + "|TFLite converter object|tensorflow\\.org/lite|TF Select|SELECT_TF_OPS"
              + "|enable_select_tf_ops|tf\\.function|tf\\.keras|file a bug|Flex",
          Pattern.CASE_INSENSITIVE);

  /** A fault behind its place in the file and in the graph. */
  private static final Pattern FAULT =
      Pattern.compile("error: (?:loc\\((?:[^()\"]|\"[^\"]*\")*\\): )?(.*)");

  private static final String VARIABLES = "ariable constant folding is failed";

  /** An operation with a variable, where a message locates it. */
  private static final Pattern HANDLE =
      Pattern.compile(
          "\"(VarHandleOp|ReadVariableOp|AssignVariableOp|ResourceGather|VariableV2):\"");

  private static final Pattern SENTENCES = Pattern.compile("(?<=[.:!?])\\s+(?=[A-Z`])|\\n");

  private static final int MOST_NODES = 10;

  private ConverterMessages() {}

  /** Returns the error of a failed conversion; the converter's own text is its cause. */
  static TfLiteConversionException error(String raw) {
    return new TfLiteConversionException(explain(raw), new IllegalStateException(raw));
  }

  /** Returns the message for a failure of the converter. */
  static String explain(String raw) {
    Set<String> nodes = nodes(raw);
    String who =
        nodes.isEmpty()
            ? "TensorFlow's converter cannot convert the graph: "
            : "TensorFlow's converter cannot convert " + String.join(", ", nodes) + ": ";
    String reason = reason(raw);
    if (!reason.isEmpty()) {
      return who + reason;
    }
    String text = withoutAdvice(faults(withoutDump(raw)));
    String remedy =
        nodes.isEmpty()
            ? ""
            : "correct its attributes or what it reads, or express it by other operations.";
    if (text.isEmpty()) {
      return who + (remedy.isEmpty() ? "it gives no reason." : remedy);
    }
    return who + text + (remedy.isEmpty() ? "" : "; " + remedy);
  }

  /** Returns whether the converter failed at an operation of some type. */
  static boolean names(TfLiteConversionException error, String type) {
    String raw = error.getCause() == null ? "" : String.valueOf(error.getCause().getMessage());
    return nodes(raw).stream().anyMatch(node -> node.startsWith(type + " "));
  }

  /** Returns what a message reports as faults, without places in a listing; all if none. */
  private static String faults(String message) {
    Set<String> faults = new LinkedHashSet<>();
    Matcher matcher = FAULT.matcher(message);
    while (matcher.find()) {
      faults.add(matcher.group(1).strip());
    }
    faults.removeIf(String::isEmpty);
    return faults.isEmpty() ? message : String.join("\n", faults);
  }

  /** The types and names of the nodes that a message locates. */
  private static Set<String> nodes(String message) {
    Set<String> nodes = new LinkedHashSet<>();
    Matcher matcher = NODE.matcher(message);
    while (matcher.find() && nodes.size() < MOST_NODES) {
      nodes.add("%s \"%s\"".formatted(matcher.group(1), matcher.group(2)));
    }
    return nodes;
  }

  private static String reason(String message) {
    Matcher wide = NO_16_BITS.matcher(message);
    if (wide.find()) {
      return "the converter has no 16-bit form of %s: leave the operation out of the quantization,"
              .formatted(wide.group(1).toUpperCase(Locale.ROOT))
          + " or convert with int8().";
    }
    if (message.contains("same element type")) {
      return "operands of an operation have different integers: the graph mixes 8 and 16 bits.";
    }
    if (message.contains("mismatched quantized axes")) {
      return "the converter takes a FakeQuant per channel on the weights of convolutions only: give"
          + " the weights of a MatMul one range for all channels.";
    }
    if (message.contains("neither a custom op nor a flex op")) {
      return "TensorFlow Lite has no such operation, or not with these attributes and operands:"
          + " correct them, express it by others, or end the model before it.";
    }
    if (message.contains("tensor list ops") || message.contains("TensorList")) {
      return "TensorFlow Lite has no lists of tensors, as loops over an unknown number of steps"
          + " make them: fix the shape that the number follows from with"
          + " GraphModel.withInputShape.";
    }
    if (message.contains("violate the same scale constraint")) {
      return "its operands and its result have different ranges, and it has no integer kernel for"
          + " that: give them one range, or leave the operation out of the quantization.";
    }
    // The converter begins most messages with this, whatever went wrong.
    if (message.contains(VARIABLES)
        && (nodes(message).isEmpty() || HANDLE.matcher(message).find())) {
      return "the graph holds a variable, or an operation that the converter takes for one: freeze"
          + " the model.";
    }
    return "";
  }

  private static String withoutAdvice(String message) {
    List<String> kept = new ArrayList<>();
    for (String sentence : SENTENCES.split(message)) {
      boolean says = !sentence.isBlank() && !ADVICE.matcher(sentence).find();
      if (says && !kept.contains(sentence.strip())) {
        kept.add(sentence.strip());
      }
    }
    return String.join("\n", kept);
  }

  /** Drops the listing of the whole function that mostly ends a message. */
  private static String withoutDump(String message) {
    Matcher dump = DUMP.matcher(message);
    return (dump.find() ? message.substring(0, dump.start()) : message).strip();
  }
}
