package org.tfmot.api;

import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.NearestNames;
import org.tfmot.api.graph.OpDefinitions;

/** The selectors of {@link LayerSelector}, which know what they are made of. */
final class LayerSelectors {

  /** Nodes that hold or give values and compute nothing. */
  private static final Set<String> VALUES =
      Set.of("Const", "VarHandleOp", "VariableV2", "ReadVariableOp", "NoOp");

  /** Lists all names, for messages. */
  private static final String LIST = "LayerSelector.namesIn(model)";

  private LayerSelectors() {}

  /** Selects everything. */
  enum All implements LayerSelector {
    LAYERS;

    @Override
    public boolean selects(String name, String type) {
      return true;
    }

    @Override
    public String toString() {
      return "layers()";
    }
  }

  record Named(List<String> layers) implements LayerSelector {

    @Override
    public String toString() {
      return quoted("named", layers);
    }

    @Override
    public boolean selects(String name, String type) {
      return layers.stream().anyMatch(layer -> isIn(layer, name));
    }

    @Override
    public void requireMatches(GraphModel model) {
      for (String layer : layers) {
        if (operations(model).noneMatch(node -> isIn(layer, node.getName()))) {
          throw new IllegalArgumentException(
              "no layer of the model is named \"%s\"; %s"
                  .formatted(layer, NearestNames.hint(layer, layerNames(model), LIST)));
        }
      }
    }

    private static boolean isIn(String layer, String operation) {
      return operation.startsWith(layer)
          && (operation.length() == layer.length() || operation.charAt(layer.length()) == '/');
    }

    /** See {@link LayerSelector#namesIn}. */
    static List<String> layerNames(GraphModel model) {
      Set<String> names = new LinkedHashSet<>();
      operations(model)
          .map(NodeDef::getName)
          .forEach(
              name -> {
                for (int end = name.indexOf('/'); end > 0; end = name.indexOf('/', end + 1)) {
                  names.add(name.substring(0, end));
                }
                names.add(name);
              });
      return names.stream()
          .sorted(Comparator.comparingLong(name -> name.chars().filter(c -> c == '/').count()))
          .toList();
    }
  }

  record Matching(Pattern pattern) implements LayerSelector {

    @Override
    public String toString() {
      return quoted("matching", List.of(pattern.pattern()));
    }

    @Override
    public boolean selects(String name, String type) {
      return pattern.matcher(name).matches();
    }

    @Override
    public void requireMatches(GraphModel model) {
      if (operations(model).noneMatch(node -> selects(node.getName(), node.getOp()))) {
        throw new IllegalArgumentException(
            "no operation's name matches the expression \"%s\" as a whole; %s"
                .formatted(
                    pattern,
                    NearestNames.hint(
                        pattern.pattern(),
                        operations(model).map(NodeDef::getName).toList(),
                        LIST)));
      }
    }
  }

  record OfType(List<String> types) implements LayerSelector {

    @Override
    public String toString() {
      return quoted("ofType", types);
    }

    @Override
    public boolean selects(String name, String type) {
      return types.contains(type);
    }

    @Override
    public void requireMatches(GraphModel model) {
      List<String> there = operations(model).map(NodeDef::getOp).distinct().toList();
      boolean none = types.stream().noneMatch(there::contains);
      for (String type : types) {
        if (!there.contains(type) && (none || !OpDefinitions.isRegistered(type))) {
          throw new IllegalArgumentException(
              "no operation of the model is of type \"%s\"; %s"
                  .formatted(type, NearestNames.hint(type, there)));
        }
      }
    }
  }

  record Except(LayerSelector all, LayerSelector exceptions) implements LayerSelector {

    @Override
    public String toString() {
      return "%s.except(%s)".formatted(all, exceptions);
    }

    @Override
    public boolean selects(String name, String type) {
      return all.selects(name, type) && !exceptions.selects(name, type);
    }

    @Override
    public void requireMatches(GraphModel model) {
      all.requireMatches(model);
      exceptions.requireMatches(model);
    }
  }

  record Or(LayerSelector one, LayerSelector other) implements LayerSelector {

    @Override
    public String toString() {
      return "%s.or(%s)".formatted(one, other);
    }

    @Override
    public boolean selects(String name, String type) {
      return one.selects(name, type) || other.selects(name, type);
    }

    @Override
    public void requireMatches(GraphModel model) {
      one.requireMatches(model);
      other.requireMatches(model);
    }
  }

  private static String quoted(String method, List<String> names) {
    return names.stream()
        .map(n -> '"' + n + '"')
        .collect(Collectors.joining(", ", method + "(", ")"));
  }

  private static Stream<NodeDef> operations(GraphModel model) {
    return model.graphDef().getNodeList().stream().filter(node -> !VALUES.contains(node.getOp()));
  }
}
