package org.tfmot.examples.programs;

import static org.tfmot.examples.programs.Judgement.*;

import java.util.List;
import java.util.Map;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;

/**
 * Two handles, "w" and "w2", with one shared name "w": for TensorFlow they are one variable. The
 * model and its frozen form must give the same, for freezing changes no value; or of() refuses the
 * second handle by name.
 */
final class TwoHandlesOneVariable implements UserProgram {
  @Override
  public void check() throws Exception {
    GraphModel model;
    try {
      model =
          graph(
              List.of(variable("w", wave(32), 8, 4), variable("w2", new float[32], 8, 4)),
              placeholder(2, 8),
              handle("w", "w", 8, 4),
              handle("w2", "w", 8, 4),
              read("r", "w"),
              read("r2", "w2"),
              node("MatMul", "a", "x", "r"),
              node("MatMul", "b", "x", "r2"),
              node("AddV2", "y", "a", "b"));
    } catch (IllegalArgumentException e) {
      refused(e, "\"w2\"", "\"w\"");
      return;
    }
    Map<String, TFloat32> sample = Map.of("x", tensor(wave(16), 2, 8));
    near(
        "the frozen model",
        run(model.toInference().freeze(), sample),
        1e-5,
        doubles(run(model, sample)));
  }
}
