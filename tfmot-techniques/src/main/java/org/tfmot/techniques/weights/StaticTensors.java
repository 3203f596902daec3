package org.tfmot.techniques.weights;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;

/** Values of tensors that do not depend on a model's inputs, such as masked or folded weights. */
@API(status = API.Status.INTERNAL)
public final class StaticTensors {

  private StaticTensors() {}

  /** The values of tensors, by the given notation. */
  public static Map<String, TensorProto> evaluate(GraphModel model, Collection<String> tensors) {
    if (tensors.isEmpty()) {
      return new LinkedHashMap<>();
    }
    try (LiveModel live = model.open()) {
      return evaluate(live.session(), tensors);
    }
  }

  /** The values that tensors have in a session now. */
  public static Map<String, TensorProto> evaluate(Session session, Collection<String> tensors) {
    Map<String, TensorProto> values = new LinkedHashMap<>();
    if (tensors.isEmpty()) {
      return values;
    }
    List<String> names = tensors.stream().distinct().toList();
    Session.Runner runner = session.runner();
    names.forEach(name -> runner.fetch(TensorRef.parse(name).qualified()));
    try (Result result = runner.run()) {
      for (int i = 0; i < names.size(); i++) {
        values.put(names.get(i), TensorProtos.of(result.get(i)));
      }
    }
    return values;
  }
}
