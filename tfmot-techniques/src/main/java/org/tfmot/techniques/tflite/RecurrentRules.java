package org.tfmot.techniques.tflite;

import static org.tfmot.techniques.tflite.OperatorRule.rule;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rows of recurrent layers in float, with float or int8 weights. The integer kernels take the
 * scales of hidden intermediate tensors for granted and are left out.
 */
final class RecurrentRules {

  private static final int OUTPUT_STATE = 18;
  private static final int CELL_STATE = 19;
  private static final int ADJOINT = 24;

  private RecurrentRules() {}

  static List<OperatorRule> rules() {
    OperatorRule lstm =
        rule("UNIDIRECTIONAL_SEQUENCE_LSTM")
            .options("UnidirectionalSequenceLSTM")
            .assume(RecurrentRules::lstm)
            .makes(RecurrentRules::sequence);
    for (String weight : new String[] {"f32", "w8"}) {
      for (String inputGate : new String[] {weight, "_"}) {
        String bias = inputGate.equals("_") ? "_" : "f32";
        for (String norms : new String[] {"", " _ _ _ _"}) {
          // Input; four input weights; four recurrent ones; peepholes; biases; projection; states.
          lstm.types(
              "f32 %1$s %2$s %2$s %2$s %1$s %2$s %2$s %2$s _ _ _ %3$s f32 f32 f32 _ _ f32 f32%4$s > f32"
                  .formatted(inputGate, weight, bias, norms));
        }
      }
    }
    OperatorRule rnn =
        rule("UNIDIRECTIONAL_SEQUENCE_RNN")
            .types("f32 f32 f32 f32 f32 > f32")
            .options("SequenceRNN")
            .makes(RecurrentRules::simple);
    return List.of(lstm, rnn);
  }

  /** All weights of one number of units, states of one row for each example. */
  private static void lstm(OperatorCall call) {
    call.require(call.inputCount() <= ADJOINT, "%d inputs", call.inputCount());
    Shapes.requireRank(call, 0, 3, 3);
    int[] input = call.shape(0);
    int[] weights = call.shape(4);
    if (input == null || weights == null || weights.length != 2) {
      throw call.refusal("the shape of the input or of the weights is not known");
    }
    int units = weights[0];
    int depth = weights[1];
    call.require(depth == input[2], "weights of %s for %d", Arrays.toString(weights), input[2]);
    for (int i = 1; i <= 4; i++) {
      requireShape(call, i, units, depth);
      requireShape(call, i + 4, units, units);
    }
    for (int i = 12; i <= 15; i++) {
      requireShape(call, i, units);
    }
    int batch = input[call.options().getBoolean(3) ? 1 : 0];
    for (int state : new int[] {OUTPUT_STATE, CELL_STATE}) {
      int[] shape = call.shape(state);
      call.require(
          call.isVariable(state) && shape != null && Shapes.size(shape) == (long) batch * units,
          "input %d is no state of %d examples of %d units",
          state,
          batch,
          units);
    }
  }

  /** Input, weights, recurrent weights, bias, state. */
  private static int @Nullable [] simple(OperatorCall call) {
    Shapes.requireRank(call, 0, 3, 3);
    Shapes.requireRank(call, 1, 2, 2);
    int[] input = call.shape(0);
    int[] weights = call.shape(1);
    if (input == null || weights == null) {
      throw call.refusal("the shape of the input or of the weights is not known");
    }
    int units = weights[0];
    requireShape(call, 1, units, input[2]);
    requireShape(call, 2, units, units);
    requireShape(call, 3, units);
    requireShape(call, 4, input[call.options().getBoolean(0) ? 1 : 0], units);
    call.require(call.isVariable(4), "input 4 is no state");
    return new int[] {input[0], input[1], units};
  }

  private static void requireShape(OperatorCall call, int input, int... expected) {
    int[] shape = call.has(input) ? call.shape(input) : expected;
    call.require(
        Arrays.equals(shape, expected),
        "input %d has the shape %s instead of %s",
        input,
        Arrays.toString(shape),
        Arrays.toString(expected));
  }

  private static int @Nullable [] sequence(OperatorCall call) {
    int[] input = call.shape(0);
    int[] weights = call.shape(4);
    return input == null || weights == null ? null : new int[] {input[0], input[1], weights[0]};
  }
}
