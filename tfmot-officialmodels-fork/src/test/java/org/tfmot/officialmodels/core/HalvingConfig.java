package org.tfmot.officialmodels.core;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Session;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.GraphModel;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.OptimizationReport;
import org.tfmot.api.Optimized;
import org.tfmot.api.Technique;
import org.tfmot.api.TrainingHook;
import org.tfmot.api.experiment.TechniqueConfig;
import org.tfmot.api.graph.TensorProtos;

/**
 * A technique of somebody else: a variable counts the steps, and stripping gives the bias of the
 * logits that number times the factor.
 */
public record HalvingConfig(
    @Nullable String pretrainedOriginalCheckpoint, double countFactor, int everyNSteps)
    implements TechniqueConfig {

  static final String COUNT = "halving/count";

  /** The default values. */
  public HalvingConfig() {
    this(null, 0.5, 1);
  }

  @Override
  public String section() {
    return "halving";
  }

  @Override
  public int order() {
    return 150;
  }

  @Override
  public Technique create() {
    if (!(countFactor > 0)) {
      throw new IllegalArgumentException("count_factor must be positive, not " + countFactor);
    }
    return new Halving(this);
  }

  private record Halving(HalvingConfig config) implements Technique {
    @Override
    public String name() {
      return "halving";
    }

    @Override
    public Optimized apply(Optimized previous) {
      ModelEditor editor = new ModelEditor(previous.model());
      editor.addVariable(COUNT, TensorProtos.scalar(0f), false);
      String one = editor.addConstant("halving/one", TensorProtos.scalar(1f));
      editor.add(
          "AssignAddVariableOp",
          "halving/add",
          Map.of("dtype", org.tensorflow.proto.DataType.DT_FLOAT),
          COUNT,
          one);
      editor.endpoints().operation("halving/add");
      TrainingHook hook =
          new TrainingHook() {
            @Override
            public List<String> operations() {
              return List.of("halving/add");
            }

            @Override
            public void afterStep(Session session, long step) {
              if (step % config.everyNSteps == 0) {
                session.runner().addTarget("halving/add").run().close();
              }
            }
          };
      return previous.with(
          editor.build(),
          List.of(hook),
          new OptimizationReport(name(), List.of(), List.of()),
          trained -> strip(trained, config.countFactor));
    }

    private static GraphModel strip(GraphModel trained, double factor) {
      float count = TensorProtos.toFloats(trained.variable(COUNT).value())[0];
      float[] bias = TensorProtos.toFloats(trained.variable("logits/bias").value());
      java.util.Arrays.fill(bias, (float) (count * factor));
      TensorProto value = TensorProtos.floats(trained.variable("logits/bias").shape(), bias);
      return trained.withValues(Map.of("logits/bias", value));
    }
  }
}
