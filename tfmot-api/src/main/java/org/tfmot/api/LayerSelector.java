package org.tfmot.api;

import java.util.List;
import org.apiguardian.api.API;
import org.tfmot.api.graph.Arguments;
import org.tfmot.api.graph.RegularExpressions;

/**
 * Chooses operations of a graph by their name and type. A layer's name selects every operation
 * below it: {@code logits} selects {@code logits} and {@code logits/MatMul}.
 *
 * <p>A technique refuses a selector of which a part matches nothing in the model ({@link
 * #requireMatches}): a name with a typing error would otherwise change, or keep, other layers than
 * were meant.
 */
@FunctionalInterface
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public interface LayerSelector {

  /**
   * Returns whether an operation is chosen.
   *
   * @param name the operation's name, such as {@code stage1/block1/conv1/Conv2D}
   * @param type its type, such as {@code Conv2D}
   */
  boolean selects(String name, String type);

  /**
   * Verifies that each name, expression and list of types that this selector is made of matches an
   * operation of a model, {@link #except} included. Variables and constants are no operations. A
   * selector of one's own has nothing to verify unless it overrides this method.
   *
   * @throws IllegalArgumentException naming what matches nothing, and the nearest names
   */
  default void requireMatches(GraphModel model) {}

  /** All layers. */
  static LayerSelector layers() {
    return LayerSelectors.All.LAYERS;
  }

  /**
   * Returns the names that {@link #named} and {@link #except(String...)} take in a model: those of
   * its operations and of the scopes that they are in, such as {@code dense} and {@code
   * dense/MatMul}; outer ones first, and otherwise in the graph's order.
   */
  static List<String> namesIn(GraphModel model) {
    Arguments.require(model, "model");
    return LayerSelectors.Named.layerNames(model);
  }

  /** Layers by name. */
  static LayerSelector named(String... layers) {
    return new LayerSelectors.Named(Arguments.list(layers, "layers"));
  }

  /**
   * Selects operations whose whole name matches a regular expression.
   *
   * @throws IllegalArgumentException if it is none
   */
  static LayerSelector matching(String regularExpression) {
    Arguments.require(regularExpression, "regularExpression");
    return new LayerSelectors.Matching(RegularExpressions.compile(regularExpression));
  }

  /**
   * Operations of the given types, such as {@code Conv2D}. A model need not have each of them, but
   * one.
   */
  static LayerSelector ofType(String... types) {
    return new LayerSelectors.OfType(Arguments.list(types, "types"));
  }

  /** Selects the same without the given layers. */
  default LayerSelector except(String... layers) {
    return except(named(layers));
  }

  /** Selects what this selects and another does not. */
  default LayerSelector except(LayerSelector other) {
    return new LayerSelectors.Except(this, other);
  }

  /** Selects what this or another selects. */
  default LayerSelector or(LayerSelector other) {
    return new LayerSelectors.Or(this, other);
  }
}
