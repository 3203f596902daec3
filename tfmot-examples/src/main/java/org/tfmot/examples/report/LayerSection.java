package org.tfmot.examples.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.tfmot.gate.page.Markup;

/** Sparsity and weight histogram per layer. */
final class LayerSection {
  /** Rounding to integers alone makes a few percent of zeros; below this a picture says nothing. */
  private static final double SPARSE = 0.05;

  private final Markup out;
  private final ComparisonReport report;
  private final LayerCharts charts;

  LayerSection(Markup out, ComparisonReport report) {
    this.out = out;
    this.report = report;
    this.charts = new LayerCharts(out, report.layers());
  }

  void write() {
    if (report.layers().isEmpty()) {
      return;
    }
    sparsity();
    histograms();
    table();
  }

  private void sparsity() {
    out.element("h2", "Sparsity per layer");
    List<String> dense = new ArrayList<>();
    List<List<LayerSummary>> sparse = new ArrayList<>();
    for (VariantResult v : report.variants()) {
      List<LayerSummary> layers =
          report.layers().stream().filter(l -> l.variant().equals(v.variant())).toList();
      double most = layers.stream().mapToDouble(LayerSummary::sparsity).max().orElse(0);
      if (most >= SPARSE) {
        sparse.add(layers);
      } else if (!layers.isEmpty()) {
        dense.add(v.variant() + " (at most " + Numbers.percent(most, 1) + ")");
      }
    }
    if (!dense.isEmpty()) {
      out.element(
          "p", "Hardly a zero in any layer: " + String.join(", ", dense) + ".", "class", "note");
    }
    out.open("div", "class", "grid thin");
    for (List<LayerSummary> layers : sparse) {
      String variant = layers.get(0).variant();
      String style = style(variant);
      out.open("section", "class", "card").open("h3", "class", style);
      out.blank("span", "class", "key").text(variant).close();
      charts.sparsity(variant, layers, style);
      out.close();
    }
    out.close().newline();
  }

  private void histograms() {
    List<String> variants =
        report.variants().stream()
            .map(VariantResult::variant)
            .filter(name -> report.layers().stream().anyMatch(l -> l.variant().equals(name)))
            .toList();
    out.element("h2", "Weights per layer");
    out.element(
        "p",
        "The non-zero weights; zeros are counted beside them. A row has one horizontal axis, given"
            + " with the name of the layer; heights are relative to the highest bin.",
        "class",
        "note");
    out.open("section", "class", "card").open("div", "class", "scroll", "tabindex", 0);
    out.attribute("role", "region").attribute("aria-label", "Weight histograms");
    out.open("table", "class", "hist").open("thead").open("tr");
    out.element("th", "layer", "scope", "col");
    for (String variant : variants) {
      out.open("th", "scope", "col", "class", style(variant));
      out.blank("span", "class", "key").text(variant).close();
    }
    out.close().close().open("tbody");
    for (List<LayerSummary> row : LayerCharts.byTensor(report.layers()).values()) {
      double limit = row.stream().mapToDouble(LayerSummary::limit).max().orElse(1);
      LayerSummary first = row.get(0);
      out.open("tr").open("th", "scope", "row", "title", first.tensor());
      out.text(charts.shortName(first)).element("small", shape(first));
      out.element("small", "±" + Numbers.plain(limit)).close();
      Map<String, LayerSummary> byVariant =
          row.stream().collect(Collectors.toMap(LayerSummary::variant, l -> l));
      for (String variant : variants) {
        out.open("td");
        LayerSummary layer = byVariant.get(variant);
        if (layer == null) {
          out.text("–");
        } else {
          charts.histogram(layer, limit, style(variant));
          out.text(Numbers.percent(layer.sparsity(), 1) + " zeros");
        }
        out.close();
      }
      out.close();
    }
    out.close().close().close().close().newline();
  }

  private void table() {
    out.open("details").element("summary", "Every layer in figures");
    out.open("section", "class", "card").open("div", "class", "scroll", "tabindex", 0);
    out.attribute("role", "region").attribute("aria-label", "Layers in figures");
    out.open("table").open("thead").open("tr").element("th", "layer", "scope", "col");
    for (String head : List.of("variant", "shape", "weights", "zeros", "distinct values")) {
      out.element("th", head, "scope", "col");
    }
    String bins = "non-zero weights per bin, lowest first";
    out.element("th", bins, "scope", "col", "class", "l").close().close().open("tbody");
    for (List<LayerSummary> row : LayerCharts.byTensor(report.layers()).values()) {
      for (LayerSummary layer : row) {
        out.open("tr").open("th", "scope", "row").element("code", layer.tensor()).close();
        out.element("td", layer.variant()).element("td", shape(layer));
        out.element("td", Numbers.count(layer.elements()));
        out.element("td", Numbers.percent(layer.sparsity(), 2));
        out.element("td", Numbers.count(layer.distinctValues()));
        out.element("td", histogram(layer), "class", "l wrap").close();
      }
    }
    out.close().close().close().close().close().newline();
  }

  private static String histogram(LayerSummary layer) {
    List<Double> edges = layer.binEdges();
    return Numbers.plain(edges.get(0))
        + " to "
        + Numbers.plain(edges.get(edges.size() - 1))
        + ": "
        + layer.counts().stream().map(String::valueOf).collect(Collectors.joining(" "));
  }

  private static String shape(LayerSummary layer) {
    return layer.shape().isEmpty()
        ? "scalar"
        : layer.shape().stream().map(String::valueOf).collect(Collectors.joining("×"));
  }

  private String style(String variant) {
    return Series.style(report.variants(), variant);
  }
}
