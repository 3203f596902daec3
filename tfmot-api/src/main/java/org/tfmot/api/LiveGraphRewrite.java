package org.tfmot.api;

import org.apiguardian.api.API;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.GraphDef;

/**
 * Rewrites the graph of a model that is opened to be trained, such that it computes the same in
 * less time. Implementations are found by {@link java.util.ServiceLoader}. The {@link GraphModel}
 * keeps its own graph, and so does everything that is saved.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public interface LiveGraphRewrite {

  /**
   * Rewrites a graph.
   *
   * @param graph a graph whose nodes all pass the entrance check
   * @param config of the session that will run it
   * @return a graph with all nodes of the given one by name, each with the same outputs, though
   *     perhaps of another type and with other inputs
   */
  GraphDef rewrite(GraphDef graph, ConfigProto config);
}
