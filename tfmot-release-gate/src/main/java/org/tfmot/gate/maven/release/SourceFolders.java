package org.tfmot.gate.maven.release;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.maven.model.FileSet;
import org.apache.maven.project.MavenProject;

/**
 * Verifies that a build reads sources and resources of its own work tree only: another folder is in
 * no commit, and would be read by a build of the commit, too.
 *
 * @param root of the work tree
 */
record SourceFolders(Path root) {

  /**
   * Verifies.
   *
   * @throws IllegalStateException naming a module and a folder outside
   */
  void require(List<MavenProject> projects) throws IOException {
    for (MavenProject project : projects) {
      List<String> folders = new ArrayList<>(project.getCompileSourceRoots());
      folders.addAll(project.getTestCompileSourceRoots());
      project.getResources().stream().map(FileSet::getDirectory).forEach(folders::add);
      project.getTestResources().stream().map(FileSet::getDirectory).forEach(folders::add);
      for (String folder : folders) {
        Path path = project.getBasedir().toPath().resolve(folder);
        if (Files.exists(path) && !path.toRealPath().startsWith(root.toRealPath())) {
          throw new IllegalStateException(
              "not attested: %s is built from %s, outside of the work tree: that is in no commit"
                  .formatted(project.getArtifactId(), path));
        }
      }
    }
  }
}
