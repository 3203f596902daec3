package org.tfmot.api;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.folding.KnownInts;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorRef;

/**
 * Tracks the items of the tensor lists that loops read and write, and of the tensors that lists are
 * made from and turned into. A read then becomes the tensor that was written, and a list that is
 * stacked becomes a {@code Pack}, so that no list operation remains.
 */
final class TensorItems {

  /** Between a list and what it is made of are a few transpositions. */
  private static final int MOST_VIEWS = 64;

  private final GraphEditor graph;
  private final Map<TensorRef, KnownInts> known;
  private final Function<TensorRef, Shape> shapes;
  private final Consumer<NodeDef> added;
  private final Map<TensorRef, List<@Nullable TensorRef>> lists = new HashMap<>();
  private final Map<TensorRef, NodeDef> sources = new HashMap<>();
  private final Map<String, List<@Nullable TensorRef>> unpacked = new HashMap<>();
  private final Set<String> packs = new HashSet<>();

  /**
   * Starts without any list.
   *
   * @param known what is known of integer tensors; the caller adds to it
   * @param shapes the shapes of tensors, as far as they are known
   * @param added is given each node that this adds to the graph
   */
  TensorItems(
      GraphEditor graph,
      Map<TensorRef, KnownInts> known,
      Function<TensorRef, Shape> shapes,
      Consumer<NodeDef> added) {
    this.graph = graph;
    this.known = known;
    this.shapes = shapes;
    this.added = added;
  }

  /** Notes which list a node makes. */
  void learn(NodeDef node) {
    TensorRef result = TensorRef.of(node.getName());
    switch (node.getOp()) {
      case "TensorListReserve" -> note(result, resized(new ArrayList<>(), index(node, 1)));
      case "EmptyTensorList" -> note(result, new ArrayList<>());
      case "TensorListFromTensor" -> sources.put(result, node);
      case "TensorListSetItem" -> note(result, changed(node));
      case "TensorListResize" -> note(result, resized(list(node), index(node, 1)));
      case "TensorListPushBack" -> {
        List<@Nullable TensorRef> list = list(node);
        if (list != null) {
          List<@Nullable TensorRef> longer = new ArrayList<>(list);
          longer.add(TensorRef.parse(node.getInput(1)));
          note(result, longer);
        }
      }
      case "TensorListPopBack" -> {
        List<@Nullable TensorRef> list = list(node);
        if (list != null && !list.isEmpty()) {
          note(result, new ArrayList<>(list.subList(0, list.size() - 1)));
        }
      }
      case "Identity" -> note(result, list(node));
      default -> {}
    }
  }

  private void note(TensorRef tensor, @Nullable List<@Nullable TensorRef> list) {
    if (list != null) {
      lists.put(tensor, list);
    }
  }

  private @Nullable List<@Nullable TensorRef> changed(NodeDef node) {
    List<@Nullable TensorRef> list = list(node);
    long index = index(node, 1);
    boolean grows =
        node.getAttrOrDefault("resize_if_index_out_of_bounds", AttrValue.getDefaultInstance())
            .getB();
    if (list == null || index < 0 || (index >= list.size() && !grows)) {
      return null;
    }
    List<@Nullable TensorRef> copy = new ArrayList<>(list);
    while (copy.size() <= index && copy.size() < LoopUnrolling.MOST_NODES) {
      copy.add(null);
    }
    if (index >= copy.size()) {
      return null;
    }
    copy.set((int) index, TensorRef.parse(node.getInput(2)));
    return copy;
  }

  private static @Nullable List<@Nullable TensorRef> resized(
      @Nullable List<@Nullable TensorRef> list, long size) {
    if (list == null || size < 0 || size > LoopUnrolling.MOST_NODES) {
      return null;
    }
    List<@Nullable TensorRef> copy =
        new ArrayList<>(list.subList(0, (int) Math.min(size, list.size())));
    while (copy.size() < size) {
      copy.add(null);
    }
    return copy;
  }

  /** The tensor that a node reads from a list or a stack of tensors; null if that is not known. */
  @Nullable TensorRef read(NodeDef node) {
    return switch (node.getOp()) {
      case "TensorListGetItem" -> item(list(node), index(node, 1));
      case "StridedSlice" -> slice(node);
      default -> null;
    };
  }

  /** The tensor that the second output of a {@code TensorListPopBack} is, or null. */
  @Nullable TensorRef popped(NodeDef node) {
    List<@Nullable TensorRef> list = list(node);
    return list == null ? null : item(list, list.size() - 1L);
  }

  /** The size of the list that a node reads, or null. */
  @Nullable Integer length(NodeDef node) {
    List<@Nullable TensorRef> list = list(node);
    return list == null ? null : list.size();
  }

  private static @Nullable TensorRef item(@Nullable List<@Nullable TensorRef> list, long index) {
    return list == null || index < 0 || index >= list.size() ? null : list.get((int) index);
  }

  /**
   * A {@code Pack} that computes the same as a node: one that makes a tensor of a list, or
   * transposes or reverses such a tensor. Null if the node does something else.
   */
  @Nullable NodeDef packed(NodeDef node) {
    return switch (node.getOp()) {
      case "TensorListStack" -> {
        List<@Nullable TensorRef> list = list(node);
        yield list == null ? null : pack(node, list, 0, node.getAttrOrThrow("element_dtype"));
      }
      case "TensorListGather" -> gathered(node);
      case "Transpose", "ReverseV2" -> moved(node);
      default -> null;
    };
  }

  private @Nullable NodeDef gathered(NodeDef node) {
    List<@Nullable TensorRef> list = list(node);
    KnownInts indices = known.get(TensorRef.parse(node.getInput(1)));
    if (list == null || indices == null || !indices.isComplete()) {
      return null;
    }
    List<@Nullable TensorRef> chosen = new ArrayList<>();
    for (long index : indices.toArray()) {
      chosen.add(item(list, index));
    }
    return pack(node, chosen, 0, node.getAttrOrThrow("element_dtype"));
  }

  /** The node that computes a node's first input. */
  private NodeDef whole(NodeDef node) {
    NodeDef producer = graph.input(node, 0);
    while (producer.getOp().equals("Identity")) {
      producer = graph.input(producer, 0);
    }
    return producer;
  }

  /** A transposed or reversed stack. */
  private @Nullable NodeDef moved(NodeDef node) {
    NodeDef pack = whole(node);
    KnownInts order = known.get(TensorRef.parse(node.getInput(1)));
    if (!packs.contains(pack.getName()) || order == null || !order.isComplete()) {
      return null;
    }
    int axis = (int) pack.getAttrOrThrow("axis").getI();
    List<@Nullable TensorRef> items = inputs(pack);
    if (node.getOp().equals("ReverseV2")) {
      Collections.reverse(items);
      return order.size() == 1 && order.get(0) == axis
          ? pack(node, items, axis, pack.getAttrOrThrow("T"))
          : null;
    }
    for (int i = 0; i < order.size(); i++) {
      if (order.get(i) == axis && isAscendingWithout(order, i)) {
        return pack(node, items, i, pack.getAttrOrThrow("T"));
      }
    }
    return null;
  }

  private @Nullable NodeDef pack(
      NodeDef node, List<@Nullable TensorRef> items, int axis, AttrValue type) {
    NodeBuilder pack = NodeBuilder.op("Pack", node.getName());
    for (TensorRef item : items) {
      if (item == null) {
        return null;
      }
      pack.inputs(item.toString());
    }
    if (items.isEmpty()) {
      return null;
    }
    node.getInputList().stream().filter(input -> input.startsWith("^")).forEach(pack::inputs);
    packs.add(node.getName());
    return pack.attr("T", type).attr("N", items.size()).attr("axis", axis).build();
  }

  /** One item of a stack, if a slice is that. */
  private @Nullable TensorRef slice(NodeDef node) {
    NodeDef pack = whole(node);
    KnownInts begin = known.get(TensorRef.parse(node.getInput(1)));
    KnownInts strides = known.get(TensorRef.parse(node.getInput(3)));
    if (!packs.contains(pack.getName()) || begin == null || strides == null) {
      return null;
    }
    int axis = (int) pack.getAttrOrThrow("axis").getI();
    List<@Nullable TensorRef> items = inputs(pack);
    long one = 1L << axis;
    long others = (1L << begin.size()) - 1 - one;
    if (axis >= begin.size()
        || mask(node, "shrink_axis") != one
        || mask(node, "new_axis") != 0
        || mask(node, "ellipsis") != 0
        || (mask(node, "begin") & ~one) != others
        || (mask(node, "end") & ~one) != others
        || (mask(node, "begin") & one) != 0) {
      return null;
    }
    for (int i = 0; i < strides.size(); i++) {
      if (strides.get(i) != 1) {
        return null;
      }
    }
    long index = begin.get(axis);
    return index == KnownInts.UNKNOWN
        ? null
        : item(items, index < 0 ? index + items.size() : index);
  }

  private static long mask(NodeDef slice, String name) {
    return slice.getAttrOrDefault(name + "_mask", AttrValue.getDefaultInstance()).getI();
  }

  private static List<@Nullable TensorRef> inputs(NodeDef pack) {
    List<@Nullable TensorRef> items = new ArrayList<>();
    for (String input : pack.getInputList()) {
      if (!input.startsWith("^")) {
        items.add(TensorRef.parse(input));
      }
    }
    return items;
  }

  private long index(NodeDef node, int input) {
    KnownInts index = known.get(TensorRef.parse(node.getInput(input)));
    return index == null || !index.isNumber() ? -1 : index.get(0);
  }

  /** The list that is a node's first input, or null. */
  private @Nullable List<@Nullable TensorRef> list(NodeDef node) {
    TensorRef tensor = TensorRef.parse(node.getInput(0));
    NodeDef source = sources.get(tensor);
    if (source != null && !lists.containsKey(tensor)) {
      AttrValue type = source.getAttrOrThrow("element_dtype");
      note(tensor, items(TensorRef.parse(source.getInput(0)), type));
    }
    return lists.get(tensor);
  }

  /** The parts of a tensor along its first dimension; null if they cannot be counted. */
  private @Nullable List<@Nullable TensorRef> items(TensorRef whole, AttrValue type) {
    TensorRef tensor = whole;
    int axis = 0;
    boolean reversed = false;
    for (int views = 0; views < MOST_VIEWS; views++) {
      NodeDef node = graph.node(tensor.node());
      if (node.getOp().equals("Pack") && node.getAttrOrThrow("axis").getI() == axis) {
        return ordered(inputs(node), reversed);
      }
      KnownInts second =
          node.getInputCount() < 2 ? null : known.get(TensorRef.parse(node.getInput(1)));
      KnownInts order = second != null && second.isComplete() ? second : null;
      if (node.getOp().equals("Transpose")
          && order != null
          && axis < order.size()
          && isAscendingWithout(order, axis)) {
        axis = (int) order.get(axis);
      } else if (node.getOp().equals("ReverseV2")
          && order != null
          && order.size() == 1
          && order.get(0) == axis) {
        reversed = !reversed;
      } else if (!node.getOp().equals("Identity")) {
        break;
      }
      tensor = TensorRef.parse(node.getInput(0));
    }
    return ordered(unpacked(tensor, axis, type), reversed);
  }

  private static @Nullable List<@Nullable TensorRef> ordered(
      @Nullable List<@Nullable TensorRef> items, boolean reversed) {
    if (items == null || !reversed) {
      return items;
    }
    List<@Nullable TensorRef> backwards = new ArrayList<>(items);
    Collections.reverse(backwards);
    return backwards;
  }

  private @Nullable List<@Nullable TensorRef> unpacked(TensorRef tensor, int axis, AttrValue type) {
    Shape shape = shapes.apply(tensor);
    long count = shape.isUnknown() || axis >= shape.numDimensions() ? -1 : shape.get(axis);
    if (count < 1 || count > LoopUnrolling.MOST_NODES) {
      return null;
    }
    return unpacked.computeIfAbsent(
        tensor + "/" + axis,
        key -> {
          String name =
              graph.add(
                  NodeBuilder.op("Unpack", graph.uniqueName(tensor.node() + "/unstack"))
                      .inputs(tensor.toString())
                      .attr("T", type)
                      .attr("num", count)
                      .attr("axis", axis)
                      .build());
          added.accept(graph.node(name));
          List<@Nullable TensorRef> items = new ArrayList<>();
          for (int i = 0; i < count; i++) {
            items.add(new TensorRef(name, i));
          }
          return items;
        });
  }

  /** Returns true if a permutation keeps the order of all dimensions except one. */
  private static boolean isAscendingWithout(KnownInts order, int axis) {
    long last = -1;
    for (int i = 0; i < order.size(); i++) {
      if (i != axis && order.get(i) < last) {
        return false;
      }
      last = i == axis ? last : order.get(i);
    }
    return true;
  }
}
