package org.tfmot.gate.maven;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.maven.artifact.Artifact;
import org.apache.maven.execution.MavenSession;
import org.apache.maven.project.MavenProject;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/** The modules of a build, and the files that they release. */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class Reactor {

  private static final String POM = "pom";

  private final MavenSession session;
  private final List<MavenProject> projects;
  private final List<MavenProject> all;

  public Reactor(MavenSession session) {
    this.session = session;
    projects = List.copyOf(session.getProjects());
    all = session.getAllProjects() == null ? projects : List.copyOf(session.getAllProjects());
  }

  /** Returns whether a module is built last: there everything else is packaged. */
  boolean isLast(MavenProject project) {
    return last().equals(project);
  }

  MavenProject last() {
    return projects.get(projects.size() - 1);
  }

  /**
   * Returns whether a module's POM has a plugin.
   *
   * @param id {@code groupId:artifactId:version}
   */
  static boolean has(MavenProject project, String id) {
    return project.getPlugin(id.substring(0, id.lastIndexOf(':'))) != null;
  }

  public List<MavenProject> projects() {
    return projects;
  }

  /**
   * Refuses a part of the build: what it leaves out would be released ungated, or gated with what
   * lies in the local repository.
   *
   * @throws IllegalStateException naming a module that is left out
   */
  public void requireComplete() {
    for (MavenProject project : all) {
      if (!projects.contains(project)) {
        throw new IllegalStateException(
            "%s is left out of this build, and the gate is about all modules together: build without"
                    .formatted(project.getArtifactId())
                + " -pl and -rf");
      }
    }
  }

  /**
   * Keeps Maven from advising {@code -rf} when the gate fails: it is about all modules and refuses
   * a part of them. Maven gives no such advice for a failure in the first project of the result.
   *
   * @param failing the module that the gate is in
   */
  void withholdResumeAdvice(MavenProject failing) {
    if (session.getResult() != null) {
      session.getResult().setTopologicallySortedProjects(List.of(failing));
    }
  }

  /** Returns {@code groupId:artifactId} of every module. */
  Set<String> modules() {
    return projects.stream()
        .map(project -> project.getGroupId() + ":" + project.getArtifactId())
        .collect(Collectors.toSet());
  }

  /**
   * The jars that are put to the test: repository name to file.
   *
   * @throws IllegalStateException if a module is not packaged
   */
  public SortedMap<String, Path> jars() {
    SortedMap<String, Path> jars = new TreeMap<>();
    for (MavenProject project : projects) {
      if (!project.getPackaging().equals(POM)) {
        jars.put(file(project.getArtifact()).name(), jar(project));
      }
    }
    return jars;
  }

  /**
   * Everything that a release uploads: POMs, jars, and what is attached to them.
   *
   * @throws IllegalStateException if a module is not packaged
   */
  public SortedMap<String, Path> files() {
    SortedMap<String, Path> files = new TreeMap<>(jars());
    for (MavenProject project : projects) {
      files.put(pom(project).name(), project.getFile().toPath());
      for (Artifact attached : project.getAttachedArtifacts()) {
        files.put(file(attached).name(), attached.getFile().toPath());
      }
    }
    return files;
  }

  /** A module's POM. */
  public static RepositoryFile pom(MavenProject project) {
    return new RepositoryFile(
        project.getGroupId(), project.getArtifactId(), project.getVersion(), "", POM);
  }

  /** The jar of a module. */
  static Path jar(MavenProject project) {
    File file = project.getArtifact().getFile();
    if (file == null || !Files.isRegularFile(file.toPath())) {
      throw new IllegalStateException(
          ("%s is not packaged, and the gate is about jars: name the phase package or a later one,"
                  + " as in mvn -Prelease-gate verify")
              .formatted(project.getArtifactId()));
    }
    return file.toPath();
  }

  private static RepositoryFile file(Artifact artifact) {
    @Nullable String classifier = artifact.getClassifier();
    return new RepositoryFile(
        artifact.getGroupId(),
        artifact.getArtifactId(),
        artifact.getBaseVersion(),
        classifier == null ? "" : classifier,
        artifact.getArtifactHandler().getExtension());
  }
}
