package org.tfmot.api.folding;

import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;

/** Recognizes masks that are drawn again in every run: comparisons of uniform random numbers. */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class RandomMask {

  /** A mask is made of a few steps of arithmetic. */
  private static final int MOST_STEPS = 8;

  private RandomMask() {}

  /** Random numbers, uniform between two bounds. */
  private record Uniform(double low, double high) {

    double probabilityAbove(double threshold) {
      return Math.min(1, Math.max(0, (high - threshold) / (high - low)));
    }

    Uniform plus(double shift) {
      return new Uniform(low + shift, high + shift);
    }

    Uniform times(double factor) {
      return new Uniform(
          Math.min(low * factor, high * factor), Math.max(low * factor, high * factor));
    }
  }

  /** The probability of true, or 1, in a random mask; null if the tensor is not one. */
  public static @Nullable Double probability(GraphEditor editor, String tensor) {
    NodeDef node = behind(editor, tensor);
    return switch (node.getOp()) {
      case "GreaterEqual", "Greater" -> above(editor, node, 0, 1);
      case "LessEqual", "Less" -> above(editor, node, 1, 0);
      case "Floor" -> {
        // floor(keep + u), as tf.nn.dropout was once written.
        Uniform random = uniform(editor, node.getInput(0));
        boolean binary = random != null && random.low >= 0 && random.high <= 2;
        yield random != null && binary ? random.probabilityAbove(1) : null;
      }
      default -> null;
    };
  }

  /** The probability that one input is above the other. */
  private static @Nullable Double above(GraphEditor editor, NodeDef node, int upper, int lower) {
    Uniform random = uniform(editor, node.getInput(upper));
    Double threshold = ScalarFolding.value(editor, node.getInput(lower));
    if (random != null && threshold != null) {
      return random.probabilityAbove(threshold);
    }
    random = uniform(editor, node.getInput(lower));
    threshold = ScalarFolding.value(editor, node.getInput(upper));
    return random != null && threshold != null ? 1 - random.probabilityAbove(threshold) : null;
  }

  /** The random numbers that a tensor holds, shifted and scaled by constants, or null. */
  private static @Nullable Uniform uniform(GraphEditor editor, String tensor) {
    return uniform(editor, tensor, MOST_STEPS);
  }

  private static @Nullable Uniform uniform(GraphEditor editor, String tensor, int most) {
    NodeDef node = behind(editor, tensor);
    return switch (node.getOp()) {
      case "RandomUniform", "StatelessRandomUniform", "StatelessRandomUniformV2" ->
          new Uniform(0, 1);
      case "Add", "AddV2", "Sub", "Mul" -> {
        Double constant = ScalarFolding.value(editor, node.getInput(1));
        int operand = constant == null ? 1 : 0;
        if (constant == null) {
          constant = ScalarFolding.value(editor, node.getInput(0));
        }
        if (constant == null || most == 0) {
          yield null;
        }
        Uniform random = uniform(editor, node.getInput(operand), most - 1);
        yield random == null ? null : moved(random, node.getOp(), constant, operand);
      }
      default -> null;
    };
  }

  /** Returns the node that gives a tensor its values, of whichever type. */
  private static NodeDef behind(GraphEditor editor, String tensor) {
    NodeDef node = editor.producer(tensor);
    while (node.getOp().equals("Identity") || node.getOp().equals("Cast")) {
      node = editor.input(node, 0);
    }
    return node;
  }

  private static Uniform moved(Uniform random, String op, double constant, int operand) {
    return switch (op) {
      case "Mul" -> random.times(constant);
      case "Sub" -> operand == 0 ? random.plus(-constant) : random.times(-1).plus(constant);
      default -> random.plus(constant);
    };
  }
}
