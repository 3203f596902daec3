package org.tfmot.techniques.quantization;

import java.util.List;
import org.tfmot.api.OptimizationReport;

/** Which tensors of a graph to quantize, and what stays in float and why. */
record QuantizationPlan(
    List<WeightPoint> weights,
    List<ActivationPoint> activations,
    List<OptimizationReport.Entry> applied,
    List<OptimizationReport.Entry> skipped) {}
