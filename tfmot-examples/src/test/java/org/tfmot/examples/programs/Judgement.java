package org.tfmot.examples.programs;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NameAttrList;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.VersionDef;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.OptimizationReport;
import org.tfmot.api.Optimized;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;

/** Builds the small models of the programs and judges their results. */
final class Judgement {

  private Judgement() {}

  /** A file among the test resources of this package. */
  static byte[] file(String name) throws IOException {
    try (InputStream in = Judgement.class.getResourceAsStream(name)) {
      return Objects.requireNonNull(in, name).readAllBytes();
    }
  }

  static TFloat32 tensor(float[] values, long... shape) {
    return TFloat32.tensorOf(Shape.of(shape), DataBuffers.of(values));
  }

  static void near(String what, float[] got, double tolerance, double... right) {
    boolean good = got.length == right.length;
    for (int i = 0; good && i < right.length; i++) good = Math.abs(got[i] - right[i]) <= tolerance;
    if (!good)
      throw wrong(what + " gives " + Arrays.toString(got) + ", right is " + Arrays.toString(right));
  }

  /** A refusal is right if it names one of these. */
  static void refused(Throwable e, String... names) {
    for (String n : names) if (message(e).contains(n)) return;
    throw wrong("refused without naming " + String.join(" or ", names) + ": " + message(e));
  }

  static String message(Throwable e) {
    return String.valueOf(e.getMessage()).replaceAll("\\s+", " ");
  }

  static AssertionError wrong(String what) {
    return new AssertionError(what);
  }

  static float[] run(GraphModel model, Map<String, ? extends Tensor> inputs) {
    try (LiveModel live = model.open();
        Result r = live.run(inputs)) {
      return TensorProtos.toFloats(TensorProtos.of(r.get(0)));
    }
  }

  /** Runs a training graph once with its updates, and takes the values. */
  static Optimized seen(Optimized o, Map<String, ? extends Tensor> batch) {
    try (LiveModel live = o.model().open()) {
      Session.Runner run = live.runner(batch);
      live.model().updates().forEach(run::addTarget);
      run.run().close();
      return o.withModel(live.snapshot());
    }
  }

  static AttrValue func(String name) {
    return AttrValue.newBuilder().setFunc(NameAttrList.newBuilder().setName(name)).build();
  }

  static NodeDef placeholder(long... shape) {
    return NodeBuilder.op("Placeholder", "x")
        .attr("dtype", DataType.DT_FLOAT)
        .attr("shape", Shape.of(shape))
        .build();
  }

  static NodeDef node(String op, String name, String... inputs) {
    return NodeBuilder.op(op, name).inputs(inputs).attr("T", DataType.DT_FLOAT).build();
  }

  static NodeDef handle(String node, String sharedName, long... shape) {
    return NodeBuilder.op("VarHandleOp", node)
        .attr("dtype", DataType.DT_FLOAT)
        .attr("shape", Shape.of(shape))
        .attr("shared_name", sharedName)
        .build();
  }

  static NodeDef read(String node, String handle) {
    return NodeBuilder.op("ReadVariableOp", node)
        .inputs(handle)
        .attr("dtype", DataType.DT_FLOAT)
        .build();
  }

  static Variable variable(String name, float[] values, long... shape) {
    return new Variable(
        name, Variable.Kind.RESOURCE, true, TensorProtos.floats(Shape.of(shape), values));
  }

  static List<String> names(OptimizationReport report) {
    return report.skipped().stream().map(OptimizationReport.Entry::operation).toList();
  }

  static double[] doubles(float[] values) {
    double[] d = new double[values.length];
    for (int i = 0; i < d.length; i++) d[i] = values[i];
    return d;
  }

  static float[] wave(int n) {
    float[] v = new float[n];
    for (int i = 0; i < n; i++) v[i] = (float) Math.sin(1 + 1.7 * i);
    return v;
  }

  /** A trainable variable in a model that is built, read. */
  static Operand<TFloat32> weight(Ops tf, String name, float[] values, long... shape) {
    VarHandleOp v =
        tf.withName(name)
            .varHandleOp(TFloat32.class, Shape.of(shape), VarHandleOp.sharedName(name));
    Ops init = tf.withInitScope();
    init.assignVariableOp(v, init.constant(Shape.of(shape), DataBuffers.of(values)));
    return tf.readVariableOp(v, TFloat32.class);
  }

  /** What is said on the standard streams, so that a warning counts, too. */
  static ByteArrayOutputStream listen() {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
    return said;
  }

  static GraphModel graph(List<Variable> variables, NodeDef... nodes) {
    return GraphModel.of(
        GraphDef.newBuilder()
            .addAllNode(List.of(nodes))
            .setVersions(VersionDef.newBuilder().setProducer(1994))
            .build(),
        Endpoints.builder().input("x", "x").output("y", "y").training(true).build(),
        variables);
  }
}
