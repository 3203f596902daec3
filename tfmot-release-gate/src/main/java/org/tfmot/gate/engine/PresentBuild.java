package org.tfmot.gate.engine;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apiguardian.api.API;
import org.tfmot.gate.dependency.BuildContent;
import org.tfmot.gate.json.Digest;

/**
 * Present build in the detail in which evidence outlives it.
 *
 * @param content of the jars under test
 * @param conditions what every run depends on besides, by name: the JDK and its options, the locked
 *     jars, variables
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public record PresentBuild(BuildContent content, SortedMap<String, Digest> conditions) {

  /** Copies the map. */
  public PresentBuild {
    conditions = Collections.unmodifiableSortedMap(new TreeMap<>(conditions));
  }
}
