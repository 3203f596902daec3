package org.tfmot.gate.maven;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Sets parameters of goals as Maven does. */
public final class GoalParameters {

  private GoalParameters() {}

  /** Sets the folder of the records. */
  public static void setRecords(AbstractGateMojo goal, Path folder) {
    goal.records = folder.toFile();
  }

  /** Sets the key to sign with; null for none. */
  public static void setKey(AbstractProcessMojo goal, @Nullable Path key) {
    goal.key = key == null ? null : key.toString();
  }
}
