package org.tfmot.techniques.weights;

import com.google.protobuf.ByteString;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.weights.WeightedLayers.Layer;

/**
 * The training graph around one weight: a place for the nodes and variables that compute the
 * effective weight from it. Tensors are named as in a GraphDef, {@code node} or {@code node:index};
 * the names of what is added are wishes, below the weight's own: {@code dense/kernel/WISH}.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public final class WeightGraph {

  private static final Map<String, DataType> FLOAT = Map.of("T", DataType.DT_FLOAT);

  private final WeightRewrite rewrite;
  private final ModelEditor model;
  private final List<Layer> layers;
  private Weight weight;
  private @Nullable String effective;
  private String detail = "";

  WeightGraph(WeightRewrite rewrite, List<Layer> layers) {
    this.rewrite = rewrite;
    this.model = rewrite.model();
    this.layers = List.copyOf(layers);
    this.weight = layers.get(0).weight();
  }

  /** Returns the variable, with the value that it has when the technique is applied. */
  public Variable variable() {
    return weight.variable();
  }

  /** Returns the shape of the variable and of its effective weight. */
  public Shape shape() {
    return weight.variable().shape();
  }

  /** Returns the layers that read the weight; at least one. */
  public List<WeightedLayer> layers() {
    return layers.stream().map(WeightedLayer::of).toList();
  }

  /**
   * Returns the dimension that layers sum over, if it is known and the same for all of them; see
   * {@link WeightedLayer#inputDimension}.
   */
  public OptionalInt inputDimension() {
    return layers().get(0).inputDimension();
  }

  /**
   * Returns the dimensions of the output channels if all layers agree; otherwise none, so that what
   * is done per channel is done for the whole tensor.
   */
  public List<Integer> outputDimensions() {
    Set<List<Integer>> dimensions = new HashSet<>();
    layers.forEach(layer -> dimensions.add(layer.channels()));
    return dimensions.size() == 1 ? layers.get(0).channels() : List.of();
  }

  /**
   * Returns the tensor to compute the effective weight from: what layers read at present, which is
   * the variable or an earlier technique's effective weight.
   */
  public String tensor() {
    return weight.tensor();
  }

  /** Returns the value that {@link #tensor} has when the technique is applied. */
  public TensorProto value() {
    return rewrite.value(weight);
  }

  /** Returns the effective weight of an earlier technique, by its node; null if there is none. */
  public @Nullable String earlier() {
    return weight.standIn() == null ? null : weight.standIn().getName();
  }

  /** Returns whether an earlier technique's effective weight guarantees something. */
  public boolean has(WeightProperty property) {
    return weight.has(property);
  }

  /**
   * Puts the effective weight beneath an earlier technique's instead of on top of it: that one is
   * then computed from it. For zeros, the only thing that is known to hold through another one. To
   * be called before {@link #tensor} is used.
   *
   * @throws IllegalArgumentException if the earlier one does not keep zeros
   */
  public void beneathEarlier() {
    if (!weight.zerosStay()) {
      throw new IllegalArgumentException(
          ("the weight \"%s\" of \"%s\" is read through \"%s\", which would not keep the zeros of a"
                  + " mask: prune first, or cluster with preserveZeros()")
              .formatted(variable().name(), layers.get(0).node().getName(), earlier()));
    }
    weight = weight.beneath();
  }

  /** Returns the model in the making, for what has no place below the weight's name. */
  public ModelEditor model() {
    return model;
  }

  /** Returns a name below the weight's. */
  public String name(String wish) {
    return variable().name() + "/" + wish;
  }

  /** Adds an operation whose only attribute is {@code T}, float; returns its tensor. */
  public String add(String op, String wish, String... inputs) {
    return add(op, wish, FLOAT, inputs);
  }

  /** Adds an operation; returns its first tensor. */
  public String add(String op, String wish, Map<String, ?> attributes, String... inputs) {
    return model.add(op, name(wish), attributes, inputs);
  }

  /** Adds a constant scalar; returns its tensor. */
  public String constant(String wish, float value) {
    return constant(wish, TensorProtos.scalar(value));
  }

  /** Adds a constant; returns its tensor. */
  public String constant(String wish, TensorProto value) {
    return model.addConstant(name(wish), value);
  }

  /**
   * Adds a variable; it is part of every checkpoint, and {@code strip()} takes it out.
   *
   * @param name below the weight's; must be free
   * @param trainable whether the optimizer updates it
   * @return the tensor with its value
   * @throws IllegalArgumentException if the graph has a node of that name already
   */
  public String variable(String name, TensorProto initial, boolean trainable) {
    return model.addVariable(name(name), initial, trainable);
  }

  /**
   * Adds an operation that assigns to a variable that {@link #variable} added; returns its name.
   */
  public String assign(String name, String value) {
    return model.addAssignment(name(name), value);
  }

  /** Adds an operation that assigns to the weight's own variable; returns its name. */
  public String assignWeight(String value) {
    return variable().kind() == Variable.Kind.RESOURCE
        ? model.addAssignment(variable().name(), value)
        : model.add("Assign", variable().name() + "_assign", FLOAT, variable().name(), value);
  }

  /**
   * Reduces a tensor of the weight's shape, such as by {@code Mean}, {@code Sum} or {@code Max}, to
   * one that can be broadcast against it.
   *
   * @param kept the dimensions that stay; the others become 1
   */
  public String reduce(String op, String wish, String tensor, List<Integer> kept) {
    int[] axes =
        IntStream.range(0, shape().numDimensions()).filter(axis -> !kept.contains(axis)).toArray();
    return add(
        op,
        wish,
        Map.of("T", DataType.DT_FLOAT, "Tidx", DataType.DT_INT32, "keep_dims", true),
        tensor,
        constant(wish + "/axes", TensorProtos.ints(Shape.of(axes.length), axes)));
  }

  /** Adds a tensor with the same value and no gradient. */
  public String stopGradient(String wish, String tensor) {
    return add("StopGradient", wish, tensor);
  }

  /**
   * Adds a tensor with the value of another one, through which gradients reach {@link #tensor} as
   * if the two were equal (straight-through estimator, Bengio et al., 2013). Gradients that the
   * value itself passes on are added: compute it from {@link #stopGradient} to have none.
   *
   * @param value of the weight's shape
   */
  public String straightThrough(String wish, String value) {
    String still = stopGradient(wish + "/still", tensor());
    // Exactly 0, and yet it has the weight's gradient.
    return add("AddV2", wish, value, add("Sub", wish + "/through", tensor(), still));
  }

  /**
   * Makes all layers read an effective weight. What was added before goes on reading {@link
   * #tensor}.
   *
   * @param tensor the first output of a node that this technique has added, of the weight's shape
   * @param detail what was done, for the report, such as {@code "16 clusters on dense/kernel"}
   * @param properties what the effective weight guarantees
   * @throws IllegalArgumentException if the effective weight would break what an earlier technique
   *     guarantees (zeros, few values), or both have few values; or if the tensor is no such node's
   * @throws IllegalStateException if the weight was replaced already
   */
  public void replace(String tensor, String detail, WeightProperty... properties) {
    if (effective != null) {
      throw new IllegalStateException(
          "the weight \"%s\" was replaced already, by \"%s\""
              .formatted(variable().name(), effective));
    }
    NodeDef node = model.graph().find(TensorRef.parse(tensor).node());
    if (node == null
        || rewrite.isOriginal(node)
        || !TensorRef.parse(tensor).equals(TensorRef.of(node.getName()))) {
      throw new IllegalArgumentException(
          "\"%s\" is not the first output of a node that was added for the weight \"%s\""
              .formatted(tensor, variable().name()));
    }
    requireComposition(Set.of(properties));
    NodeDef.Builder marked = node.toBuilder();
    marked.putAttr(
        Weight.STANDS_FOR,
        AttrValue.newBuilder().setS(ByteString.copyFromUtf8(variable().name())).build());
    for (WeightProperty property : properties) {
      property.addTo(marked);
    }
    model.graph().replace(marked.build());
    weight.replaceBy(model, node.getName(), user -> !rewrite.isOriginal(user));
    effective = node.getName();
    this.detail = detail;
  }

  /** An earlier technique's zeros and few values have to be there after this one, too. */
  private void requireComposition(Set<WeightProperty> guaranteed) {
    if (earlier() == null) {
      return;
    }
    boolean few = has(WeightProperty.FEW_VALUES) || has(WeightProperty.FEW_VALUES_PER_CHANNEL);
    String broken =
        few
            ? "has few distinct values already: of techniques that do this, one is enough"
            : "may have zeros that have to stay, which this technique does not keep";
    if (few || !guaranteed.contains(WeightProperty.ZEROS_STAY)) {
      throw new IllegalArgumentException(
          ("the weight \"%s\" of \"%s\" is read through \"%s\", which %s; select other layers, or"
                  + " leave out one of the techniques")
              .formatted(variable().name(), layers.get(0).node().getName(), earlier(), broken));
    }
  }

  String detail() {
    return detail;
  }

  @Nullable String effective() {
    return effective;
  }

  Weight weight() {
    return weight;
  }

  EffectiveWeight effectiveWeight() {
    return new EffectiveWeight(
        variable().name(), Objects.requireNonNull(effective), tensor(), weight.beneath().tensor());
  }
}
