package org.tfmot.officialmodels.vision;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.api.GraphModel;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.officialmodels.core.Experiment;

class PretrainedModelsTest {

  @TempDir Path folder;

  @Test
  void resnet20Cifar10_isTrainedAndFinite() {
    GraphModel model = PretrainedModels.resnet20Cifar10();
    assertTrue(model.isTraining());
    GraphModel fresh =
        CifarResNet.build(20, 10, ImageClassificationConfig.cifar10Normalization(), 1);
    assertEquals(fresh.variables().keySet(), model.variables().keySet());
    for (Variable variable : model.variables().values()) {
      for (float value : TensorProtos.toFloats(variable.value())) {
        assertTrue(Float.isFinite(value), variable.name());
      }
      assertFalse(variable.equals(fresh.variable(variable.name())), variable + " is not trained");
    }
  }

  @Test
  void resnet20Cifar10Params_areTheRegisteredRecipe() throws IOException {
    Path params =
        Files.writeString(folder.resolve("p.yaml"), PretrainedModels.resnet20Cifar10Params());
    Experiment<ImageClassificationConfig> experiment = CifarResNetExperiments.experiment(20);
    assertEquals(experiment.defaults(), experiment.configure(List.of(params), List.of()));
  }

  @Test
  void resnet20Cifar10Log_endsWithTheLastFullHundredOfSteps() {
    List<String> lines = PretrainedModels.resnet20Cifar10Log().lines().toList();
    assertEquals(315, lines.size());
    assertTrue(lines.get(314).startsWith("{\"step\":31500,"), lines.get(314));
  }
}
