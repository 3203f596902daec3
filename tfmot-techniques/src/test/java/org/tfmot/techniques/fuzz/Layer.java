package org.tfmot.techniques.fuzz;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/** Adds operations behind a tensor; returns the tensor itself where its shape does not suit. */
interface Layer {

  /** Adds the operations. */
  Operand<TFloat32> add(LayerKit kit, Operand<TFloat32> x);

  /** Layers by name. */
  final class Table {
    private final Map<String, Layer> layers = new LinkedHashMap<>();

    /** Adds a layer. */
    Table with(String name, Layer layer) {
      if (layers.put(name, layer) != null) {
        throw new IllegalArgumentException("two layers " + name);
      }
      return this;
    }

    /** Adds the layers of another table. */
    Table with(Table other) {
      other.layers.forEach(this::with);
      return this;
    }

    /** Returns the name of a random layer. */
    String pick(Random random) {
      List<String> names = new ArrayList<>(layers.keySet());
      return names.get(random.nextInt(names.size()));
    }

    /** Returns a layer. */
    Layer get(String name) {
      return layers.getOrDefault(name, (kit, x) -> x);
    }
  }
}
