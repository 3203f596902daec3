package org.tfmot.techniques.pruning;

import java.util.Locale;
import org.tfmot.techniques.weights.WeightGraph;

/** The scores that come with the toolkit. */
enum KnownScore implements ImportanceScore {
  MAGNITUDE {
    @Override
    public String add(ScoreGraph graph) {
      WeightGraph weight = graph.weight();
      return weight.add("Abs", "pruning_mask/update/abs", weight.tensor());
    }
  },
  MOVEMENT {
    @Override
    public String add(ScoreGraph graph) {
      return graph.movement();
    }
  },
  SENSITIVITY {
    @Override
    public String add(ScoreGraph graph) {
      return graph.weight().add("Abs", "pruning_mask/update/abs", graph.movement());
    }
  };

  /** Returns the name of pruning by these scores. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT) + " pruning";
  }
}
