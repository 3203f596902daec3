package org.tfmot.gate.maven.release;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.tfmot.gate.maven.Git;

/**
 * A commit in a temporary folder, without hooks, attributes, filters and replaced objects of the
 * repository that it is from. Closing deletes it.
 */
final class CommitClone implements AutoCloseable {

  private final Path root;
  private final Path tree;

  private CommitClone(Path root, Path tree) {
    this.root = root;
    this.tree = tree;
  }

  /**
   * Checks a commit out.
   *
   * @throws IOException if the repository does not have it
   */
  static CommitClone of(Git git, String commit) throws IOException, InterruptedException {
    Path root = git.root().toRealPath();
    CommitClone clone =
        new CommitClone(root, Files.createTempDirectory("gate-clean-build").toRealPath());
    try {
      git.ask("clone", "-q", "--no-checkout", root.toString(), clone.tree.toString());
      new Git(clone.tree)
          .askPlainly("-c", "core.hooksPath=" + clone.tree, "checkout", "-q", "--detach", commit);
      return clone;
    } catch (IOException | InterruptedException e) {
      clone.close();
      throw e;
    }
  }

  /** The folder that the commit is checked out in. */
  Path tree() {
    return tree;
  }

  /** The work tree of the repository. */
  Path root() {
    return root;
  }

  /** Returns where a file of the repository is in the clone. */
  Path file(Path original) throws IOException {
    Path real = original.toAbsolutePath().normalize();
    Path existing = Files.exists(real) ? real.toRealPath() : real;
    return tree.resolve(root.relativize(existing));
  }

  /** Returns whether a file is in the work tree of the repository. */
  boolean isOfTheRepository(Path file) throws IOException {
    return file.toRealPath().startsWith(root);
  }

  @Override
  public void close() throws IOException {
    MoreFiles.deleteRecursively(tree, RecursiveDeleteOption.ALLOW_INSECURE);
  }
}
