package org.tfmot.examples.programs;

import static org.tfmot.examples.programs.Judgement.*;

import java.util.List;
import java.util.Map;
import org.tfmot.api.GraphModel;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;

/**
 * A graph with two constants of the name "z", 1 and 5. Which one is meant nobody can say;
 * TensorFlow refuses such a graph. GraphModel.of or what comes after it must refuse it and name
 * "z".
 */
final class TwoNodesOfOneName implements UserProgram {
  @Override
  public void check() throws Exception {
    try {
      GraphModel model =
          graph(
              List.of(),
              placeholder(2, 8),
              NodeBuilder.constant("z", TensorProtos.scalar(1f)),
              NodeBuilder.constant("z", TensorProtos.scalar(5f)),
              node("Mul", "y", "x", "z"));
      run(model, Map.of("x", tensor(wave(16), 2, 8)));
    } catch (RuntimeException e) {
      refused(e, "\"z\"", "'z'", " z");
      return;
    }
    throw wrong("a graph with two nodes of the name z is taken");
  }
}
