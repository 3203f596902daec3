package org.tfmot.techniques.weights;

import org.apiguardian.api.API;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.NodeBuilder;

/**
 * A guarantee of an effective weight that other techniques rely on. It is an attribute of the node
 * and goes with the graph wherever that is saved.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public enum WeightProperty {
  /** The effective weight is 0 wherever the tensor that it is computed from is 0. */
  ZEROS_STAY("_tfmot_zeros_stay", true),

  /**
   * The whole tensor has few distinct values. Quantization then gives all channels one range, so
   * that equal values become equal integers.
   */
  FEW_VALUES("_tfmot_levels", "tensor"),

  /** Each output channel has few distinct values. */
  FEW_VALUES_PER_CHANNEL("_tfmot_levels", "channel");

  private final String attribute;
  private final AttrValue value;

  WeightProperty(String attribute, Object value) {
    this.attribute = attribute;
    this.value = NodeBuilder.op("", "").attr(attribute, value).build().getAttrOrThrow(attribute);
  }

  /** Returns whether a node has this property. */
  boolean isOf(NodeDef node) {
    return value.equals(node.getAttrOrDefault(attribute, AttrValue.getDefaultInstance()));
  }

  /** Gives a node this property. */
  void addTo(NodeDef.Builder node) {
    node.putAttr(attribute, value);
  }
}
