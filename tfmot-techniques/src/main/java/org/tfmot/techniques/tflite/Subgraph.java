package org.tfmot.techniques.tflite;

import java.util.List;
import java.util.Set;

/**
 * One graph of a file: the model itself, or the body of a loop or branch.
 *
 * @param index the number by which operators refer to it
 * @param options for each operator its options
 * @param inputs tensors that the caller sets
 * @param outputs tensors that the caller reads
 * @param variables tensors that keep a value from run to run
 */
record Subgraph(
    int index,
    List<TfLiteTensor> tensors,
    List<TfLiteOperator> operators,
    List<OperatorOptions> options,
    List<Integer> inputs,
    List<Integer> outputs,
    Set<Integer> variables) {}
