package org.tfmot.gate.maven.release;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import org.tfmot.gate.maven.Git;
import org.tfmot.gate.maven.ReleaseHistory;

/**
 * Compares the files of a work tree with those of its commit, byte by byte. What git says of
 * changes is no evidence: a filter, attributes beside the repository or a cache make it overlook
 * them. Line ends may differ.
 *
 * @param copy of the commit
 * @param history of the repository, which knows its records
 */
record CommitFiles(CommitClone copy, ReleaseHistory history) {

  private static final String LINK = "120000";

  /**
   * Compares.
   *
   * @throws IllegalStateException naming a file that differs, or a link that leads out of the tree
   */
  void requireSame() throws IOException, InterruptedException {
    Git git = new Git(copy.tree());
    for (String entry : git.ask("ls-tree", "-r", "-z", "--full-tree", "HEAD").split("\0")) {
      int tab = entry.indexOf('\t');
      if (tab > 0) {
        String name = entry.substring(tab + 1);
        if (entry.startsWith(LINK)) {
          requireInside(name);
        } else if (!history.isRecord(name)) {
          requireSame(name);
        }
      }
    }
  }

  /**
   * Requires that files are in the commit.
   *
   * @param files that runs could read
   * @throws IllegalStateException naming one that is not
   */
  void requireCommitted(Set<Path> files) throws IOException {
    for (Path file : files) {
      Path name = copy.root().relativize(file.toRealPath());
      if (name.startsWith("..") || !Files.exists(copy.tree().resolve(name))) {
        throw new IllegalStateException(
            ("not attested: %s is in no commit, and the commands could read it: commit it, delete"
                    + " it, or name what they need outside of the project with <files>")
                .formatted(file));
      }
    }
  }

  private void requireSame(String name) throws IOException {
    Path committed = copy.tree().resolve(name);
    Path present = copy.root().resolve(name);
    if (!Files.isRegularFile(committed, LinkOption.NOFOLLOW_LINKS)) {
      // A commit of a submodule: what is in it, the build of the clone shows.
      return;
    }
    boolean same =
        Files.isRegularFile(present, LinkOption.NOFOLLOW_LINKS)
            && Arrays.equals(text(committed), text(present));
    if (!same) {
      throw new IllegalStateException(
          ("not attested: %s is not what the commit has, whatever git status says: a filter,"
                  + " attributes or a cache of this repository hide the difference")
              .formatted(name));
    }
  }

  private static byte[] text(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    return new String(bytes, StandardCharsets.ISO_8859_1)
        .replace("\r\n", "\n")
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  private void requireInside(String name) throws IOException {
    Path link = copy.tree().resolve(name);
    if (Files.isSymbolicLink(link)) {
      Path target = link.resolveSibling(Files.readSymbolicLink(link)).normalize();
      if (!target.startsWith(copy.tree())) {
        throw new IllegalStateException(
            "not attested: %s is a link to %s, which is in no commit"
                .formatted(name, Files.readSymbolicLink(link)));
      }
    }
  }
}
