package org.tfmot.techniques.summary;

import java.util.List;
import java.util.function.ObjLongConsumer;
import java.util.function.UnaryOperator;
import org.tensorflow.Session;
import org.tfmot.api.OptimizationReport;
import org.tfmot.api.OptimizationReport.Entry;
import org.tfmot.api.Optimized;
import org.tfmot.api.Technique;
import org.tfmot.api.TrainingHook;
import org.tfmot.api.graph.Arguments;
import org.tfmot.techniques.weights.StaticTensors;

/** Changes nothing and adds a hook that hands out summaries. */
record WatchingWeights(long steps, ObjLongConsumer<WeightSummary> listener) implements Technique {

  @Override
  public String name() {
    return "weight summaries";
  }

  @Override
  public Optimized apply(Optimized previous) {
    Arguments.require(previous, "previous");
    WatchedWeights weights = WatchedWeights.of(previous.model());
    List<Entry> watched =
        weights.weights().stream()
            .map(each -> new Entry(each.operation(), each.type(), "watched: " + each.weight()))
            .toList();
    return previous.with(
        previous.model(),
        List.of(new Hook(weights)),
        new OptimizationReport(name(), watched, List.of()),
        UnaryOperator.identity());
  }

  private final class Hook implements TrainingHook {
    private final WatchedWeights weights;
    private long endStep = Long.MAX_VALUE;

    Hook(WatchedWeights weights) {
      this.weights = weights;
    }

    @Override
    public void begin(Session session, long firstStep, long endStep) {
      this.endStep = endStep;
    }

    @Override
    public void afterStep(Session session, long step) {
      long done = step + 1;
      if (done % steps == 0 || done == endStep) {
        listener.accept(weights.summary(StaticTensors.evaluate(session, weights.tensors())), done);
      }
    }
  }
}
