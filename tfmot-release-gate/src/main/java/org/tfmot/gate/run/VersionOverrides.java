package org.tfmot.gate.run;

import java.util.Map;
import org.eclipse.aether.artifact.Artifact;
import org.eclipse.aether.collection.DependencyCollectionContext;
import org.eclipse.aether.collection.DependencyManagement;
import org.eclipse.aether.collection.DependencyManager;
import org.eclipse.aether.graph.Dependency;
import org.jspecify.annotations.Nullable;

/**
 * Gives artifacts other versions than those that are asked for, at any depth and for all their
 * files: management as in a POM is per classifier and would leave native libraries as they were.
 *
 * @param usual what else manages dependencies
 * @param versions by {@code groupId:artifactId}
 */
record VersionOverrides(DependencyManager usual, Map<String, String> versions)
    implements DependencyManager {

  @Override
  public @Nullable DependencyManagement manageDependency(Dependency dependency) {
    DependencyManagement managed = usual.manageDependency(dependency);
    Artifact artifact = dependency.getArtifact();
    String version = versions.get(artifact.getGroupId() + ":" + artifact.getArtifactId());
    if (version == null) {
      return managed;
    }
    return (managed == null ? new DependencyManagement() : managed).setVersion(version);
  }

  @Override
  public DependencyManager deriveChildManager(DependencyCollectionContext context) {
    return new VersionOverrides(usual.deriveChildManager(context), versions);
  }
}
