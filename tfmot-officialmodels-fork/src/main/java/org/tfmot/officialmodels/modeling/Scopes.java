package org.tfmot.officialmodels.modeling;

import java.util.HashMap;
import java.util.Map;
import org.apiguardian.api.API;
import org.tensorflow.op.Ops;

/**
 * Names operations by paths such as {@code stage1/block1/add}. {@link Ops#withSubScope} returns a
 * new, numbered scope each time it is asked for the same name; this keeps one scope per path.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class Scopes {

  private final Ops root;
  private final Map<String, Ops> scopes = new HashMap<>();

  /** Starts at a graph's root. */
  public Scopes(Ops root) {
    this.root = root;
  }

  /** An operation builder whose next operation has the given path as its name. */
  public Ops named(String path) {
    int slash = path.lastIndexOf('/');
    Ops scope = slash < 0 ? root : scope(path.substring(0, slash));
    return scope.withName(path.substring(slash + 1));
  }

  private Ops scope(String path) {
    Ops known = scopes.get(path);
    if (known != null) {
      return known;
    }
    int slash = path.lastIndexOf('/');
    Ops parent = slash < 0 ? root : scope(path.substring(0, slash));
    Ops scope = parent.withSubScope(path.substring(slash + 1));
    scopes.put(path, scope);
    return scope;
  }
}
