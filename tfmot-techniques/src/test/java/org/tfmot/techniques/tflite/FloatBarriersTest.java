package org.tfmot.techniques.tflite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tfmot.techniques.functions.ScalarFunctions;

class FloatBarriersTest {

  private static GraphDef graph(String op) {
    return GraphDef.newBuilder()
        .addNode(
            NodeDef.newBuilder()
                .setName("f")
                .setOp(op)
                .putAttr(ScalarFunctions.FLOAT, AttrValue.newBuilder().setB(true).build()))
        .build();
  }

  /** A file with a cosine whose name tells nothing. */
  private static TfLiteModel cosine() {
    FileBuilder file = new FileBuilder();
    int x = file.tensor(TensorType.FLOAT32, 1, 2);
    int y = file.tensor(TensorType.FLOAT32, 1, 2);
    return file.operator("COS", new int[] {x}, y).inputs(x).outputs(y).model();
  }

  @Test
  void barrierUnderAnotherName_isRefused() {
    Exception e =
        assertThrows(
            TfLiteConversionException.class, () -> FloatBarriers.remove(cosine(), graph("Sin")));
    assertTrue(e.getMessage().contains("of the cosines [t1] the graph has 0"), e.getMessage());
  }

  @Test
  void cosineOfTheGraph_stays() {
    assertEquals(1, FloatBarriers.remove(cosine(), graph("Cos")).operators().size());
  }
}
