package org.tfmot.techniques.quantization;

/**
 * An input of an operation that does not depend on the model's inputs and has to be quantized.
 *
 * @param operation the operation
 * @param input which of its inputs
 * @param perChannel whether each slice along the last dimension has a range of its own (symmetric);
 *     otherwise the tensor has one (asymmetric)
 */
record WeightPoint(String operation, int input, boolean perChannel) {}
