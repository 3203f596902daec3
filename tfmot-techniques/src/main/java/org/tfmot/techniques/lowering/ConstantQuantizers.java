package org.tfmot.techniques.lowering;

import com.google.protobuf.ByteString;
import java.util.List;
import org.apiguardian.api.API;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorRef;

/**
 * Gives every reader of a quantized constant, such as the kernel of a recurrent layer, a quantizer
 * of its own that the converter does not take for another one's. It passes over those with several
 * readers, or makes one of equal ones, and then quantizes the constant again: with other ranges, so
 * that few values become more, and at times once for each reader. The constant itself is in the
 * file once.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class ConstantQuantizers {

  private static final String OWN = "_tfmot_quantizer";

  private final GraphEditor editor;

  private ConstantQuantizers(GraphEditor editor) {
    this.editor = editor;
  }

  public static GraphDef separate(GraphDef graphDef) {
    ConstantQuantizers quantizers = new ConstantQuantizers(new GraphEditor(graphDef));
    graphDef.getNodeList().stream()
        .filter(node -> node.getOp().startsWith("FakeQuant"))
        .filter(quantizers::isOfConstant)
        .forEach(quantizers::separate);
    return quantizers.editor.build();
  }

  private boolean isOfConstant(NodeDef quantizer) {
    return FakeQuant.constant(editor, quantizer, 0) != null;
  }

  private void separate(NodeDef quantizer) {
    TensorRef tensor = TensorRef.of(quantizer.getName());
    List<NodeDef> readers = editor.consumers(tensor);
    editor.replace(named(quantizer, quantizer.getName()));
    for (NodeDef reader : readers.subList(Math.min(1, readers.size()), readers.size())) {
      String name = editor.uniqueName(quantizer.getName() + "/again");
      editor.add(named(quantizer, name));
      editor.redirect(tensor, TensorRef.of(name), user -> user.getName().equals(reader.getName()));
    }
  }

  private static NodeDef named(NodeDef quantizer, String name) {
    AttrValue own = AttrValue.newBuilder().setS(ByteString.copyFromUtf8(name)).build();
    return quantizer.toBuilder().setName(name).putAttr(OWN, own).build();
  }
}
