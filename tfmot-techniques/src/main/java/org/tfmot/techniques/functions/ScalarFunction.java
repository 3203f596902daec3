package org.tfmot.techniques.functions;

import java.util.Set;
import org.apiguardian.api.API;
import org.tfmot.api.graph.TensorRef;

/**
 * A function of one tensor, element by element, that a graph builds from one or more operations. Of
 * a tensor of 8 bits it is a table of 256 values.
 *
 * @param input the tensor
 * @param end the operation that gives the function's value
 * @param inner the operations before it, whose results nobody else uses
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public record ScalarFunction(TensorRef input, String end, Set<String> inner) {

  /** Copies the set. */
  public ScalarFunction {
    inner = Set.copyOf(inner);
  }

  int size() {
    return 1 + inner.size();
  }
}
