package org.tfmot.api.graph;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Calls TensorFlow such that its errors come back as sentences that name the operation and say what
 * to do; TensorFlow's own error is the cause.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class TensorFlowErrors {

  /** An operation in a message, such as {@code {{node y}} = Conv2D[...](x, w)}. */
  private static final Pattern NODE =
      Pattern.compile("\\{\\{node ([^}]+)}}(?: = (\\w+)\\[.*?]\\([^()]*\\))?'?", Pattern.DOTALL);

  private static final Pattern SHAPES = Pattern.compile("with input shapes: ([^.]*)\\.");

  /** Starts of what a message says besides its reason. */
  private static final Pattern REST =
      Pattern.compile(
          "( for '\\{\\{node|\\s*\\[\\[\\{\\{node|\\s*\\[Op:|\\n\\t).*", Pattern.DOTALL);

  private static final int MOST_LETTERS = 400;

  private TensorFlowErrors() {}

  /**
   * Adds a graph to a live one.
   *
   * @throws IllegalArgumentException if TensorFlow refuses it, naming the operation
   */
  public static void importInto(Graph graph, GraphDef graphDef) {
    try {
      graph.importGraphDef(graphDef);
    } catch (RuntimeException e) {
      if (!isOfTensorFlow(e)) {
        throw e;
      }
      throw new IllegalArgumentException(
          sentence("the graph is not valid: TensorFlow refuses ", e, graphDef), e);
    }
  }

  /**
   * Runs a session.
   *
   * @param graphDef the graph that it runs, to name the type of the operation that fails
   * @throws IllegalArgumentException if an operation refuses its operands or attributes, naming it
   * @throws TensorFlowException if it fails for another reason, such as a lack of memory
   */
  public static Result run(Session.Runner runner, GraphDef graphDef) {
    try {
      return runner.run();
    } catch (RuntimeException e) {
      if (!isOfTensorFlow(e)) {
        throw e;
      }
      String message = sentence("the model cannot be run: TensorFlow fails at ", e, graphDef);
      if (e instanceof TensorFlowException) {
        throw new TensorFlowException(message, e);
      }
      throw new IllegalArgumentException(message, e);
    }
  }

  /** Returns the message of an exception, with the operation if it comes from TensorFlow. */
  public static String reason(RuntimeException e, GraphDef graphDef) {
    return isOfTensorFlow(e)
        ? sentence("TensorFlow refuses ", e, graphDef)
        : String.valueOf(e.getMessage());
  }

  private static boolean isOfTensorFlow(RuntimeException e) {
    return e.getClass().getPackage().equals(TensorFlowException.class.getPackage());
  }

  private static String sentence(String beginning, RuntimeException e, GraphDef graph) {
    String message = String.valueOf(e.getMessage());
    Matcher node = NODE.matcher(message);
    String name = node.find() ? node.group(1) : null;
    String type = name == null ? null : node.group(2) == null ? type(name, graph) : node.group(2);
    Matcher shapes = SHAPES.matcher(message);
    String operands =
        shapes.find() ? " (inputs of the shapes " + shapes.group(1).replace("?", "-1") + ")" : "";
    String reason = REST.matcher(message).replaceFirst("").strip().replaceAll("\\s+|\\.$", " ");
    String shortened =
        reason.length() > MOST_LETTERS ? reason.substring(0, MOST_LETTERS) + "..." : reason;
    String who = name == null ? "it" : "\"" + name + "\"" + (type == null ? "" : " (" + type + ")");
    String remedy =
        name == null ? "" : "; correct its attributes or what it reads where the graph is built";
    return beginning + who + ": " + shortened.strip() + operands + remedy;
  }

  private static @Nullable String type(String name, GraphDef graph) {
    return graph.getNodeList().stream()
        .filter(node -> node.getName().equals(name))
        .map(NodeDef::getOp)
        .findFirst()
        .orElse(null);
  }
}
