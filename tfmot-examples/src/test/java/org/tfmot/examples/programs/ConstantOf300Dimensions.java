package org.tfmot.examples.programs;

import static org.tfmot.examples.programs.Judgement.*;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.SavedModel;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;

/**
 * A SavedModel with a constant of 300 dimensions of 1, as a damaged or hostile file can have it.
 * TensorFlow takes at most 254: load() must refuse it and name the node "z", or say that the file
 * is damaged. The JVM must not end.
 */
final class ConstantOf300Dimensions implements UserProgram {
  @Override
  public void check() throws Exception {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (int i = 0; i < 300; i++) shape.addDim(TensorShapeProto.Dim.newBuilder().setSize(1));
    Path folder = Files.createTempDirectory("case").resolve("m");
    GraphModel.build(
            tf -> {
              Placeholder<TFloat32> x =
                  tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 2)));
              return Endpoints.builder()
                  .input("x", x)
                  .output("y", tf.math.mul(x, tf.withName("z").constant(1f)))
                  .build();
            })
        .save(folder);
    Path pb = folder.resolve("saved_model.pb");
    SavedModel.Builder saved = SavedModel.parseFrom(Files.readAllBytes(pb)).toBuilder();
    GraphDef.Builder g = saved.getMetaGraphsBuilder(0).getGraphDefBuilder();
    for (NodeDef.Builder n : g.getNodeBuilderList()) {
      if (n.getName().equals("z"))
        n.putAttr(
            "value",
            AttrValue.newBuilder()
                .setTensor(
                    TensorProto.newBuilder()
                        .setDtype(DataType.DT_FLOAT)
                        .setTensorShape(shape)
                        .addFloatVal(1))
                .build());
    }
    Files.write(pb, saved.build().toByteArray());
    try (LiveModel live = GraphModel.load(folder).open()) {
      live.run(Map.of("x", tensor(wave(2), 1, 2))).close();
    } catch (RuntimeException e) {
      refused(e, "\"z\"", "{node z}", "damaged");
    }
  }
}
