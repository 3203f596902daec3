package org.tfmot.officialmodels.core;

import com.google.common.collect.Maps;
import com.google.common.collect.Sets;
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
 * knew, so the moving averages then see training data again.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class StochasticWeightAveraging {

  private StochasticWeightAveraging() {}

  /**
   * The average of some models of one task.
   *
   * @param models two or more, in training mode, of the same graph
   * @param seed of the training data
   * @param batches of training data for the moving averages. With decay d they hold about the last
   *     1 / (1 - d) batches, the last ten with the 0.9 of {@code CifarResNet}; more batches than a
   *     few times that change what they hold no more than other batches would. Of what was before,
   *     d to the power of the number of batches is left
   * @throws IllegalArgumentException if there are fewer than two models, one is in inference mode,
   *     they differ in their variables, or there are no batches; the message names the variable
   */
  public static GraphModel average(Task task, List<GraphModel> models, long seed, long batches) {
    if (models.size() < 2) {
      throw new IllegalArgumentException("an average needs two models, not " + models.size());
    }
    if (batches < 1) {
      throw new IllegalArgumentException(
          "the moving averages need a batch at least, not " + batches);
    }
    models.forEach(model -> requireComparable(models.get(0), model));
    GraphModel mean = mean(models);
    BatchSource data = task.trainingData(seed);
    try (LiveModel live = mean.open(Threads.DEFAULT)) {
      for (long step = 0; step < batches; step++) {
        update(live, data, step);
      }
      return live.snapshot();
    }
  }

  private static void requireComparable(GraphModel first, GraphModel other) {
    if (!other.isTraining()) {
      throw new IllegalArgumentException(
          "a model to average is in inference mode: its moving averages would not be made again");
    }
    for (String name :
        Sets.symmetricDifference(first.variables().keySet(), other.variables().keySet())) {
      throw new IllegalArgumentException(
          "variable \"%s\" is in one model and not in another".formatted(name));
    }
    for (Variable variable : first.variables().values()) {
      Variable counterpart = other.variable(variable.name());
      if (!counterpart.shape().equals(variable.shape())) {
        throw new IllegalArgumentException(
            "variable \"%s\" is of shape %s in one model and of %s in another"
                .formatted(variable.name(), variable.shape(), counterpart.shape()));
      }
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
      float[] values = TensorProtos.toFloats(model.variable(variable.name()).value());
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
      Session.Runner runner =
          live.runner(Maps.toMap(live.model().inputs().keySet(), batch::tensor));
      live.model().updates().forEach(runner::addTarget);
      runner.run().close();
    }
  }
}
