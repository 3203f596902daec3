package com.example.ternary;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.Technique;
import org.tfmot.api.experiment.TechniqueConfig;

/** The section {@code task.ternary} of an experiment. */
public record TernaryConfig(
    @Nullable String pretrainedOriginalCheckpoint,
    boolean ternaryPerChannel,
    List<String> excludedLayers)
    implements TechniqueConfig {

  public TernaryConfig {
    excludedLayers = List.copyOf(excludedLayers);
  }

  public TernaryConfig() {
    this(null, false, List.of());
  }

  @Override
  public String section() {
    return "ternary";
  }

  @Override
  public int order() {
    return 250; // After pruning, before quantization.
  }

  @Override
  public Technique create() {
    LayerSelector all = LayerSelector.layers();
    TernaryWeights technique =
        TernaryWeights.of(
            excludedLayers.isEmpty() ? all : all.except(excludedLayers.toArray(String[]::new)));
    return ternaryPerChannel ? technique.perChannel() : technique;
  }
}
