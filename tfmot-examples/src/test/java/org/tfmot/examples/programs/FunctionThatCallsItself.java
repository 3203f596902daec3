package org.tfmot.examples.programs;

import static org.tfmot.examples.programs.Judgement.*;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;
import org.tensorflow.proto.SavedModel;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.graph.NodeBuilder;

/**
 * A SavedModel with a function that calls itself, as a damaged or hostile file can have it. load()
 * or open() must refuse it and name the function; the JVM must not end.
 */
final class FunctionThatCallsItself implements UserProgram {
  @Override
  public void check() throws Exception {
    Path folder = Files.createTempDirectory("case").resolve("m");
    GraphModel.build(
            tf -> {
              Placeholder<TFloat32> x =
                  tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 2)));
              return Endpoints.builder()
                  .input("x", x)
                  .output(
                      "y",
                      tf.withName("y")
                          .nn
                          .relu(
                              tf.withName("product")
                                  .linalg
                                  .matMul(x, tf.constant(new float[][] {{1, 2}, {3, -4}}))))
                  .build();
            })
        .save(folder);
    Path pb = folder.resolve("saved_model.pb");
    SavedModel.Builder saved = SavedModel.parseFrom(Files.readAllBytes(pb)).toBuilder();
    GraphDef.Builder g = saved.getMetaGraphsBuilder(0).getGraphDefBuilder();
    g.getLibraryBuilder().addFunction(fn("again", call("c", "again", "a"), "c:output:0"));
    for (int i = 0; i < g.getNodeCount(); i++)
      if (g.getNode(i).getName().equals("y")) g.getNodeBuilder(i).setInput(0, "caller");
    g.addNode(call("caller", "again", "product"));
    Files.write(pb, saved.build().toByteArray());
    try (LiveModel live = GraphModel.load(folder).open()) {
      throw wrong("opened a model of a function without an end");
    } catch (RuntimeException e) {
      refused(e, "again", "recurs");
    }
  }

  static FunctionDef fn(String name, NodeDef body, String result) {
    FunctionDef.Builder f = FunctionDef.newBuilder();
    f.getSignatureBuilder()
        .setName(name)
        .addInputArg(OpDef.ArgDef.newBuilder().setName("a").setType(DataType.DT_FLOAT))
        .addOutputArg(OpDef.ArgDef.newBuilder().setName("r").setType(DataType.DT_FLOAT));
    return f.addNodeDef(body).putRet("r", result).build();
  }

  static NodeDef call(String name, String function, String input) {
    return NodeBuilder.op("PartitionedCall", name)
        .inputs(input)
        .attr("f", func(function))
        .attr("Tin", List.of(DataType.DT_FLOAT))
        .attr("Tout", List.of(DataType.DT_FLOAT))
        .build();
  }
}
