package org.tfmot.techniques.testing;

import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.tensorflow.ConcreteFunction;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Signature;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.SwitchCond;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TString;

/** What no technique knows: text, control flow, operations of rare types. */
public enum ForeignOperation {
  /** To text and back. */
  TEXT(Set.of("AsString", "StringJoin", "StringToNumber"), ForeignOperation::text),
  /** Functions of the graph's library, one of which is called. */
  IF(Set.of("StatelessIf"), ForeignOperation::branch),
  /** A function of the graph's library, called again and again. */
  WHILE(Set.of("StatelessWhile"), ForeignOperation::loop),
  /** Branches of TensorFlow 1, one of which has a value: twice the tensor, or its negative. */
  SWITCH(Set.of("Switch", "Merge"), ForeignOperation::switched),
  /** A loop of TensorFlow 1, a cycle in the graph. */
  CYCLE(Set.of("Enter", "Merge", "Switch", "NextIteration", "Exit"), ForeignOperation::cycle),
  /** One of TensorFlow's that techniques have no reason to know. */
  RARE(
      Set.of("MatrixBandPart"),
      (layers, x) -> {
        Operand<TInt32> all = layers.tf().constant(-1);
        return layers.tf().linalg.bandPart(x, all, all);
      }),
  /** One of a library that is not TensorFlow's. */
  USERS(Set.of(UserLibrary.PLUS_ONE), (layers, x) -> UserLibrary.plusOne(layers, "users", x));

  private final Set<String> types;
  private final BiFunction<TestLayers, Operand<TFloat32>, Operand<TFloat32>> body;

  ForeignOperation(
      Set<String> types, BiFunction<TestLayers, Operand<TFloat32>, Operand<TFloat32>> body) {
    this.types = types;
    this.body = body;
  }

  /** The types of its operations that have to be named. */
  public Set<String> types() {
    return types;
  }

  /** Adds it behind a tensor; what comes out is like what goes in. */
  public Operand<TFloat32> add(TestLayers layers, Operand<TFloat32> x) {
    return body.apply(layers, x);
  }

  private static Operand<TFloat32> text(TestLayers layers, Operand<TFloat32> x) {
    Ops tf = layers.tf();
    Operand<TString> text = tf.strings.join(List.of(tf.dtypes.asString(x), tf.constant("0")));
    return tf.strings.toNumber(text, TFloat32.class);
  }

  private static Operand<TFloat32> branch(TestLayers layers, Operand<TFloat32> x) {
    Ops tf = layers.tf();
    try (ConcreteFunction then = function(ops -> in -> ops.math.add(in, in));
        ConcreteFunction otherwise = function(ops -> in -> ops.math.neg(in))) {
      return tf.statelessIf(isPositive(tf, x), List.of(x), List.of(TFloat32.class), then, otherwise)
          .op()
          .output(0);
    }
  }

  private static Operand<TFloat32> switched(TestLayers layers, Operand<TFloat32> x) {
    Ops tf = layers.tf();
    SwitchCond<TFloat32> branches = tf.switchCond(x, isPositive(tf, x));
    Operand<TFloat32> positive = twice(tf, branches.outputTrue());
    Operand<TFloat32> negative = tf.math.neg(tf.identity(branches.outputFalse()));
    return tf.merge(List.of(positive, negative)).output();
  }

  private static Operand<TFloat32> loop(TestLayers layers, Operand<TFloat32> x) {
    Ops tf = layers.tf();
    try (ConcreteFunction small = function(ops -> in -> isSmall(ops, in));
        ConcreteFunction twice = function(ops -> in -> ops.math.add(in, in))) {
      return tf.statelessWhile(List.of(x), small, twice).op().output(0);
    }
  }

  private static Operand<TFloat32> cycle(TestLayers layers, Operand<TFloat32> x) {
    Graph graph = (Graph) layers.tf().scope().env();
    Output<?>[] left =
        graph.whileLoop(
            new Output<?>[] {x.asOutput()},
            (of, in, out) -> out[0] = isSmall(Ops.create(of), floats(in)).asOutput(),
            (of, in, out) -> out[0] = twice(Ops.create(of), floats(in)).asOutput(),
            "cycle");
    return floats(left);
  }

  /** A sum of a Switch with itself has no value once TensorFlow's optimizer has been there. */
  private static Operand<TFloat32> twice(Ops tf, Operand<TFloat32> x) {
    Operand<TFloat32> one = tf.identity(x);
    return tf.math.add(one, one);
  }

  private static Output<TFloat32> floats(Output<?>[] only) {
    return only[0].expect(TFloat32.class);
  }

  private static Operand<TBool> isSmall(Ops tf, Operand<TFloat32> x) {
    Operand<TFloat32> sum = sum(tf, tf.math.abs(x));
    return tf.math.less(sum, tf.constant(100f));
  }

  private static Operand<TBool> isPositive(Ops tf, Operand<TFloat32> x) {
    return tf.math.greater(sum(tf, x), tf.constant(0f));
  }

  private static Operand<TFloat32> sum(Ops tf, Operand<TFloat32> x) {
    return tf.sum(x, tf.array(0, 1));
  }

  private static ConcreteFunction function(
      Function<Ops, Function<Operand<TFloat32>, Operand<?>>> body) {
    return ConcreteFunction.create(
        tf -> {
          Operand<TFloat32> in = tf.placeholder(TFloat32.class);
          return Signature.builder("step")
              .input("x", in)
              .output("y", body.apply(tf).apply(in))
              .build();
        });
  }
}
