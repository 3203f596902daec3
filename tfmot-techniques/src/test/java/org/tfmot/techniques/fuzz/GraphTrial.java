package org.tfmot.techniques.fuzz;

import java.util.Random;
import org.tensorflow.proto.GraphDef;
import org.tfmot.api.GraphModel;
import org.tfmot.techniques.testing.Attempts;
import org.tfmot.techniques.testing.ChildTrials;
import org.tfmot.techniques.tflite.TfLiteConverter;

/** A damaged GraphDef. */
public final class GraphTrial implements ChildTrials.Trial {

  @Override
  public String run(long seed) {
    Random random = new Random(seed);
    GraphModel sample = Samples.any(random);
    GraphDef graph = Mutation.of(sample.graphDef(), random);
    Attempts attempts = new Attempts();
    GraphModel model =
        attempts.attempt(
            "of",
            () ->
                GraphModel.of(
                    graph, sample.endpoints().toBuilder().build(), sample.variables().values()));
    if (model != null) {
      Steps.attempt(model, attempts, random);
    } else {
      attempts.attempt(
          "convert", () -> TfLiteConverter.of(graph, sample.inputs(), sample.outputs()).convert());
    }
    return attempts.outcome();
  }
}
