package org.tfmot.officialmodels.core;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;
import org.tensorflow.Session;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.Threads;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.TensorProtos;

/**
 * Stochastic weight averaging (Izmailov et al., 2018): the mean of models from the ends of a cyclic
 * schedule's cycles. What a batch norm has to know of its inputs is not the mean of what the models
 * knew, so the moving averages then see training data anew.
 */
@API(status = API.Status.EXPERIMENTAL)
public final class StochasticWeightAveraging {

  private StochasticWeightAveraging() {}

  /**
   * The average of some models of one task.
   *
   * @param models two or more, in training mode, of the same graph
   * @param seed of the training data
   * @param batches of training data for the moving averages; with their usual decay of 0.99, 500
   *     leave less than 1 % of what was before
   * @throws IllegalArgumentException if there are fewer than two models, they differ in their
   *     variables, or there are no batches
   */
  public static GraphModel average(Task task, List<GraphModel> models, long seed, long batches) {
    if (models.size() < 2) {
      throw new IllegalArgumentException("an average needs two models, not " + models.size());
    }
    if (batches < 1) {
      throw new IllegalArgumentException(
          "the moving averages need a batch at least, not " + batches);
    }
    GraphModel mean = mean(models);
    BatchSource data = task.trainingData(seed);
    try (LiveModel live = mean.open(Threads.DEFAULT)) {
      for (long step = 0; step < batches; step++) {
        update(live, data, step);
      }
      return live.snapshot();
    }
  }

  private static GraphModel mean(List<GraphModel> models) {
    GraphModel first = models.get(0);
    Map<String, TensorProto> values = new LinkedHashMap<>();
    for (Variable variable : first.variables().values()) {
      if (variable.dtype() == DataType.DT_FLOAT) {
        values.put(variable.name(), mean(models, variable));
      }
    }
    return first.withValues(values);
  }

  private static TensorProto mean(List<GraphModel> models, Variable variable) {
    double[] sums = new double[Math.toIntExact(variable.shape().size())];
    for (GraphModel model : models) {
      Variable other = model.variable(variable.name());
      if (!other.shape().equals(variable.shape())) {
        throw new IllegalArgumentException(
            "variable \"%s\" is of shape %s in one model and of %s in another"
                .formatted(variable.name(), variable.shape(), other.shape()));
      }
      float[] values = TensorProtos.toFloats(other.value());
      for (int i = 0; i < sums.length; i++) {
        sums[i] += values[i];
      }
    }
    float[] mean = new float[sums.length];
    for (int i = 0; i < mean.length; i++) {
      mean[i] = (float) (sums[i] / models.size());
    }
    return TensorProtos.floats(variable.shape(), mean);
  }

  private static void update(LiveModel live, BatchSource data, long step) {
    try (Batch batch = data.batch(step)) {
      Session.Runner runner = live.session().runner();
      live.model()
          .inputs()
          .keySet()
          .forEach(name -> runner.feed(live.input(name), batch.tensor(name)));
      live.model().updates().forEach(runner::addTarget);
      runner.run().close();
    }
  }
}
