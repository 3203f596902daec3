package org.tfmot.examples.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tfmot.gate.page.Markup;

/** Sparsity and weight histogram of every layer. */
final class LayerCharts {
  private static final double ROW = 15;

  private final Markup out;
  private final Map<String, String> shortNames;

  LayerCharts(Markup out, List<LayerSummary> layers) {
    this.out = out;
    this.shortNames = shortNames(layers.stream().map(LayerSummary::tensor).distinct().toList());
  }

  String shortName(LayerSummary layer) {
    return shortNames.getOrDefault(layer.tensor(), layer.tensor());
  }

  /** One horizontal bar per layer of a variant. */
  void sparsity(String variant, List<LayerSummary> layers, String style) {
    int longest = layers.stream().mapToInt(l -> shortName(l).length()).max().orElse(0);
    double left = Math.min(150, 10 + 5.6 * longest);
    double height = 6 + ROW * layers.size() + 36;
    Picture picture =
        new Picture(
            out,
            "Sparsity per layer of " + variant + "; data in the table below",
            340,
            height,
            6,
            40,
            36,
            left);
    Axis x = new Axis(0, 100, 25);
    picture.xAxis(x, "zeros, %");
    for (int i = 0; i < layers.size(); i++) {
      LayerSummary layer = layers.get(i);
      double top = picture.top + i * ROW + 2;
      double end = picture.x(x, 100 * layer.sparsity());
      String percent = Numbers.percent(layer.sparsity(), 1);
      picture.text(left - 5, top + 9, Picture.tail(shortName(layer), 24), "small end");
      picture.bar(
          left,
          top,
          end - left,
          ROW - 4,
          "fill " + style,
          layer.tensor() + ": " + percent + " zeros");
      picture.text(end + 4, top + 9, percent, "small");
    }
    picture.close();
  }

  /** The non-zero weights of a layer on an axis from minus to plus the given limit. */
  void histogram(LayerSummary layer, double limit, String style) {
    String description = "Histogram of the weights of " + layer.tensor() + " in " + layer.variant();
    Picture picture = new Picture(out, description, 140, 54, 3, 2, 3, 2);
    long peak = Math.max(1, layer.counts().stream().mapToLong(Long::longValue).max().orElse(1));
    Axis x = new Axis(-limit, limit, limit);
    Axis y = new Axis(0, peak, peak);
    picture.line(picture.x(x, 0), picture.top, picture.x(x, 0), picture.bottom, "grid");
    StringBuilder path = new StringBuilder("M");
    path.append(Markup.coordinate(picture.x(x, layer.binEdges().get(0)))).append(' ');
    path.append(Markup.coordinate(picture.bottom));
    for (int i = 0; i < layer.counts().size(); i++) {
      path.append('V').append(Markup.coordinate(picture.y(y, layer.counts().get(i))));
      path.append('H').append(Markup.coordinate(picture.x(x, layer.binEdges().get(i + 1))));
    }
    path.append('V').append(Markup.coordinate(picture.bottom)).append('Z');
    picture.path(path, "area " + style);
    picture.line(picture.left, picture.bottom, picture.right, picture.bottom, "base");
    picture.close();
  }

  /** The layers in the order of their first mention, each with its summaries. */
  static Map<String, List<LayerSummary>> byTensor(List<LayerSummary> layers) {
    Map<String, List<LayerSummary>> groups = new LinkedHashMap<>();
    layers.forEach(l -> groups.computeIfAbsent(l.tensor(), t -> new ArrayList<>()).add(l));
    return groups;
  }

  /** Names without the path segments that all of them begin and end with. */
  static Map<String, String> shortNames(List<String> names) {
    List<List<String>> paths = new ArrayList<>();
    names.forEach(name -> paths.add(Arrays.asList(name.split("/", -1))));
    int shortest = paths.stream().mapToInt(List::size).min().orElse(0);
    int head = 0;
    while (head < shortest - 1 && sameSegment(paths, head, true)) {
      head++;
    }
    int end = 0;
    while (end < shortest - 1 - head && sameSegment(paths, end, false)) {
      end++;
    }
    Map<String, String> result = new LinkedHashMap<>();
    for (int i = 0; i < paths.size(); i++) {
      List<String> path = paths.get(i);
      result.put(names.get(i), String.join("/", path.subList(head, path.size() - end)));
    }
    return result;
  }

  private static boolean sameSegment(List<List<String>> paths, int index, boolean fromStart) {
    return paths.stream()
            .map(path -> path.get(fromStart ? index : path.size() - 1 - index))
            .distinct()
            .count()
        == 1;
  }
}
