package org.tfmot.gate.maven;

import java.util.Map;
import java.util.TreeMap;
import org.apache.maven.execution.MavenSession;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.project.MavenProject;

/**
 * The turn of a goal about the whole build: it acts once, in the last module, where all others are
 * packaged, and under the policy that is committed.
 *
 * @param session the build
 * @param project the module that the goal is called in
 * @param gate the plugin, {@code groupId:artifactId:version}
 */
record BuildTurn(MavenSession session, MavenProject project, String gate) {

  /** Properties that would move the policy, and where it is written instead. */
  private static final Map<String, String> POLICY =
      new TreeMap<>(
          Map.of(
              "gate.records", "the folder gate of the project",
              "gate.ledger", "gate/ledger.jsonl",
              "gate.trustedKeys", "gate/trusted-keys.json",
              "gate.scope", "<scope> in the plugin's configuration",
              "gate.falseBlockBudget", "falseBlockBudget in gate/policy.json",
              "gate.policy", "gate/policy.json"));

  /**
   * Verifies that the command line leaves the policy alone.
   *
   * @throws MojoFailureException naming the property, and where its value belongs
   */
  void requireNoPolicyOnTheCommandLine() throws MojoFailureException {
    for (Map.Entry<String, String> place : POLICY.entrySet()) {
      if (isSet(place.getKey())) {
        throw new MojoFailureException(
            "-D%s is not taken: what decides about a release is committed, here %s"
                .formatted(place.getKey(), place.getValue()));
      }
    }
  }

  /** On the command line, for Maven's own JVM, in the settings or in a POM. */
  private boolean isSet(String property) {
    return session.getUserProperties().containsKey(property)
        || session.getSystemProperties().containsKey(property)
        || project.getProperties().containsKey(property);
  }

  /**
   * Returns whether the goal acts in this module.
   *
   * @throws MojoFailureException if the last module of the build lacks the gate
   */
  boolean hasCome() throws MojoFailureException {
    Reactor reactor = new Reactor(session);
    if (reactor.isLast(project)) {
      return true;
    }
    if (Reactor.has(project, gate) && !Reactor.has(reactor.last(), gate)) {
      throw new MojoFailureException(
          ("the gate is in %s, and the last module of this build is %s, which does not have it:"
                  + " the gate is about all modules, move it to the last one")
              .formatted(project.getArtifactId(), reactor.last().getArtifactId()));
    }
    return false;
  }
}
