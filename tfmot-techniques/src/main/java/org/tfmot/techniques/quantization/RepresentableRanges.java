package org.tfmot.techniques.quantization;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.quantization.KernelClusters.Cluster;
import org.tfmot.techniques.quantization.KernelClusters.Operand;
import org.tfmot.techniques.quantization.plan.ActivationPoint;
import org.tfmot.techniques.quantization.plan.QuantizationPlan;
import org.tfmot.techniques.quantization.ranges.KernelLimits;
import org.tfmot.techniques.quantization.ranges.QuantizerSpec;
import org.tfmot.techniques.quantization.ranges.Range;

/**
 * Adapts the ranges of activations to what the converter and the integer kernels can represent.
 *
 * <p>A kernel brings what it accumulates, in steps that follow from its operands' steps, to the
 * output's steps by a multiplier in fixed point; {@link KernelLimits} says how large it may be. An
 * output range so narrow that its step is finer than that, as of the difference of two nearly equal
 * tensors, makes the runtime fail, overflow, or refuse the file. Such a range is widened here. What
 * the finer step told apart was the rounding of the operands.
 *
 * <p>A tensor that is 0 on all samples, such as a ReLU that never fires, gets the steps in which
 * its kernel accumulates, or the unit range if nothing quantized flows into it.
 */
final class RepresentableRanges {

  private final QuantizerAssignment assignment;
  private final List<Cluster> clusters;
  private final Map<TensorRef, Range> ranges = new LinkedHashMap<>();

  private RepresentableRanges(QuantizerAssignment assignment, List<Cluster> clusters) {
    this.assignment = assignment;
    this.clusters = clusters;
  }

  /**
   * The range of each tensor of a plan that has one of its own.
   *
   * @param model lowered, with its weights quantized
   * @param found the ranges that calibration or training found
   */
  static Map<TensorRef, Range> adapt(
      ModelEditor model,
      QuantizationPlan plan,
      QuantizerAssignment assignment,
      Function<TensorRef, Range> found) {
    RepresentableRanges representable =
        new RepresentableRanges(assignment, KernelClusters.find(model, plan, assignment));
    representable.read(found);
    representable.settle();
    if (representable.raiseZeros()) {
      representable.settle();
    }
    return representable.ranges;
  }

  private void read(Function<TensorRef, Range> found) {
    for (Cluster cluster : clusters) {
      ActivationPoint point = cluster.output();
      if (!ranges.containsKey(point.rangeOf())) {
        Range fixed = assignment.fixed(point);
        ranges.put(point.rangeOf(), fixed == null ? found.apply(point.rangeOf()) : fixed);
      }
    }
  }

  /** A wider operand may ask for a wider output, and so on: again until nothing changes. */
  private void settle() {
    boolean changed = true;
    for (int pass = 0; changed && pass <= clusters.size(); pass++) {
      changed = false;
      for (Cluster cluster : clusters) {
        changed |= adaptInput(cluster);
        changed |= adaptOutput(cluster);
      }
    }
  }

  private boolean raiseZeros() {
    boolean zeros = false;
    for (Cluster cluster : clusters) {
      ActivationPoint point = cluster.output();
      zeros |= width(point) == 0 && raise(point, 1);
    }
    return zeros;
  }

  private boolean adaptInput(Cluster cluster) {
    List<ActivationPoint> inputs = cluster.activations();
    double accumulated = accumulated(cluster);
    if (inputs.size() != 1 || accumulated == 0) {
      return false;
    }
    ActivationPoint input = inputs.get(0);
    double least = cluster.operation().leastAccumulatedStep(step(cluster.output()));
    return raise(input, width(input) * (least / accumulated));
  }

  private boolean adaptOutput(Cluster cluster) {
    ActivationPoint output = cluster.output();
    double accumulated = accumulated(cluster);
    if (width(output) == 0) {
      return accumulated > 0 && raise(output, accumulated * steps(output));
    }
    if (raise(output, cluster.operation().leastOutputStep(accumulated) * steps(output))) {
      return true;
    }
    double end = cluster.operation().leastEnd(range(output).max(), accumulated);
    if (end > range(output).max() && raise(output, 2 * end)) {
      return true;
    }
    double most = cluster.operation().largestOutputStep(accumulated) * steps(output);
    if (width(output) > most && assignment.fixed(output) == null) {
      put(output, range(output).scaled(most / width(output)));
      return true;
    }
    return false;
  }

  private double accumulated(Cluster cluster) {
    List<Double> steps = new ArrayList<>();
    for (Operand operand : cluster.operands()) {
      ActivationPoint point = operand.activation();
      steps.add(point == null ? operand.weightStep() : step(point));
    }
    return cluster.operation().accumulatedStep(steps);
  }

  /** Widens a range to a width, and to the least one that the converter takes. */
  private boolean raise(ActivationPoint point, double wanted) {
    double width = Math.max(wanted, KernelLimits.LEAST_WIDTH);
    // Float's rounding is no reason to begin again.
    if (assignment.fixed(point) != null || width(point) >= width * (1 - 1e-6)) {
      return false;
    }
    if (width >= Float.MAX_VALUE / 2) {
      throw new IllegalArgumentException(
          ("the tensor \"%s\" with values in [%s, %s] needs a range of %.4g for the steps of its"
                  + " operands, which is beyond float: scale what it is computed from, or leave it"
                  + " in float (select)")
              .formatted(point.tensor(), range(point).min(), range(point).max(), width));
    }
    put(point, range(point).widened(width, point.nonNegative()));
    return true;
  }

  private void put(ActivationPoint point, Range range) {
    QuantizerSpec spec = assignment.spec(point);
    ranges.put(point.rangeOf(), spec.symmetric() ? spec.around(range) : range);
  }

  private Range range(ActivationPoint point) {
    return ranges.getOrDefault(point.rangeOf(), Range.ZERO);
  }

  private double width(ActivationPoint point) {
    Range range = range(point);
    return (double) range.max() - range.min();
  }

  private double step(ActivationPoint point) {
    return width(point) / steps(point);
  }

  private int steps(ActivationPoint point) {
    return assignment.spec(point).steps();
  }
}
