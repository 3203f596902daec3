package org.tfmot.api.session;

import org.apiguardian.api.API;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;

/** Counts the dimensions of gathers from the first one: TensorFlow's gradient fails at others. */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class GatherAxes {

  private static final String TYPE = "GatherV2";
  private static final int AXIS = 2;

  private GatherAxes() {}

  /** Returns a graph that computes the same without negative axes of gathers. */
  public static GraphDef rewrite(GraphDef graphDef) {
    if (graphDef.getNodeList().stream().noneMatch(node -> node.getOp().equals(TYPE))) {
      return graphDef;
    }
    GraphEditor graph = new GraphEditor(graphDef);
    for (NodeDef node : graphDef.getNodeList()) {
      if (node.getOp().equals(TYPE) && isNegative(graph.input(node, AXIS))) {
        graph.setInput(node.getName(), AXIS, positive(graph, node));
      }
    }
    return graph.build();
  }

  private static boolean isNegative(NodeDef axis) {
    if (!axis.getOp().equals("Const")) {
      return false;
    }
    TensorProto value = axis.getAttrOrThrow("value").getTensor();
    boolean wide = value.getDtype() == DataType.DT_INT64;
    return (wide ? TensorProtos.toLong(value) : TensorProtos.toInts(value)[0]) < 0;
  }

  private static String positive(GraphEditor graph, NodeDef node) {
    String scope = node.getName() + "/positive_axis";
    DataType type = node.getAttrOrThrow("Taxis").getType();
    String rank =
        graph.add(
            NodeBuilder.op("Rank", graph.uniqueName(scope + "/rank"))
                .inputs(node.getInput(0))
                .attr("T", node.getAttrOrThrow("Tparams"))
                .build());
    String same =
        graph.add(
            NodeBuilder.op("Cast", graph.uniqueName(scope + "/cast"))
                .inputs(rank)
                .attr("SrcT", DataType.DT_INT32)
                .attr("DstT", type)
                .build());
    return graph.add(
        NodeBuilder.op("FloorMod", graph.uniqueName(scope))
            .inputs(node.getInput(AXIS), same)
            .attr("T", type)
            .build());
  }
}
