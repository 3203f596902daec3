package org.tfmot.api;

import com.google.common.collect.HashMultimap;
import com.google.common.collect.SetMultimap;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.tensorflow.proto.CollectionDef;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedObject;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedVariable;
import org.tensorflow.proto.VariableDef;
import org.tfmot.api.graph.TensorRef;

/**
 * Facts about training in a SavedModel besides its signature: TensorFlow's collections {@code
 * trainable_variables} and {@code update_ops}, two of this toolkit, and the objects of TensorFlow
 * 2.
 */
final class TrainingCollections {

  private static final String TRAINABLE = "trainable_variables";
  private static final String UPDATES = "update_ops";
  private static final String OPERATIONS = "tfmot_operations";
  private static final String MODE = "tfmot_mode";
  private static final String TRAINING = "training";
  private static final String INFERENCE = "inference";

  private TrainingCollections() {}

  /**
   * The collections of a model.
   *
   * @param trainable descriptions of its trainable variables
   */
  static Map<String, CollectionDef> of(Endpoints endpoints, Collection<VariableDef> trainable) {
    Map<String, CollectionDef> collections = new LinkedHashMap<>();
    CollectionDef.BytesList.Builder variables = CollectionDef.BytesList.newBuilder();
    trainable.forEach(variable -> variables.addValue(variable.toByteString()));
    collections.put(TRAINABLE, bytes(variables));
    collections.put(UPDATES, nodes(endpoints.updates()));
    collections.put(OPERATIONS, nodes(endpoints.operations()));
    ByteString mode = ByteString.copyFromUtf8(endpoints.training() ? TRAINING : INFERENCE);
    collections.put(MODE, bytes(CollectionDef.BytesList.newBuilder().addValue(mode)));
    return collections;
  }

  /** Returns whether this toolkit saved a model. */
  static boolean isOwn(MetaGraphDef saved) {
    return saved.containsCollectionDef(MODE);
  }

  /** Takes what the collections say of updates, operations and mode into endpoints. */
  static void read(Map<String, CollectionDef> collections, Endpoints.Builder endpoints) {
    nodes(collections, UPDATES).forEach(endpoints::update);
    nodes(collections, OPERATIONS).forEach(endpoints::operation);
    CollectionDef mode = collections.get(MODE);
    if (mode != null && mode.getBytesList().getValueCount() == 1) {
      endpoints.training(mode.getBytesList().getValue(0).toStringUtf8().equals(TRAINING));
    }
  }

  /**
   * The model with its variables trainable or not as its collections say, or else the objects that
   * TensorFlow 2 saves.
   */
  static GraphModel withTrainable(GraphModel model, MetaGraphDef saved) {
    CollectionDef collection = saved.getCollectionDefMap().get(TRAINABLE);
    Predicate<Variable> trainable = collection == null ? ofObjects(saved) : of(collection);
    List<Variable> variables = new ArrayList<>();
    for (Variable v : model.variables().values()) {
      boolean trained = v.dtype() == DataType.DT_FLOAT && trainable.test(v);
      variables.add(v.withTrainable(trained));
    }
    return GraphModel.of(model.graphDef(), model.endpoints(), variables);
  }

  private static Predicate<Variable> of(CollectionDef collection) {
    Set<String> names = new HashSet<>();
    for (ByteString bytes : collection.getBytesList().getValueList()) {
      try {
        String tensor = VariableDef.parseFrom(bytes).getVariableName();
        names.add(TensorRef.parse(tensor).node());
      } catch (InvalidProtocolBufferException e) {
        throw new IllegalArgumentException("its collection " + TRAINABLE + " is damaged", e);
      }
    }
    return variable -> names.contains(variable.name());
  }

  /** The graph numbers variables with one name; objects that disagree say nothing. */
  private static Predicate<Variable> ofObjects(MetaGraphDef saved) {
    SetMultimap<String, Boolean> said = HashMultimap.create();
    for (SavedObject object : saved.getObjectGraphDef().getNodesList()) {
      SavedVariable variable = object.getVariable();
      if (!variable.getName().isEmpty()) {
        String name = TensorRef.parse(variable.getName()).node();
        said.put(name, variable.getTrainable());
      }
    }
    return variable -> {
      String unnumbered = variable.name().replaceFirst("_\\d+$", "");
      Set<Boolean> of = said.get(said.containsKey(variable.name()) ? variable.name() : unnumbered);
      return of.size() == 1 ? of.contains(true) : variable.trainable();
    };
  }

  private static List<String> nodes(Map<String, CollectionDef> collections, String key) {
    CollectionDef collection = collections.getOrDefault(key, CollectionDef.getDefaultInstance());
    return collection.getNodeList().getValueList().stream()
        .map(name -> TensorRef.parse(name).node())
        .toList();
  }

  private static CollectionDef nodes(List<String> names) {
    return CollectionDef.newBuilder()
        .setNodeList(CollectionDef.NodeList.newBuilder().addAllValue(names))
        .build();
  }

  private static CollectionDef bytes(CollectionDef.BytesList.Builder values) {
    return CollectionDef.newBuilder().setBytesList(values).build();
  }
}
