package org.tfmot.gate.maven;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.FileVisitor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apiguardian.api.API;
import org.tfmot.gate.json.Digest;

/**
 * All that a command of a module can read without naming it: the files of the project, but for what
 * builds and gates write, and for other modules, of which the jars are evidence.
 *
 * @param root the project's folder
 * @param without folders that are left out
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public record CommandTree(Path root, Set<Path> without) {

  private static final Set<String> WRITTEN = Set.of(".git", "target", "__pycache__");

  /** Copies the set. */
  public CommandTree {
    without = Set.copyOf(without);
  }

  /** Returns the digest of each file, by its path from the root. */
  public SortedMap<String, String> digests() throws IOException {
    SortedMap<String, String> digests = new TreeMap<>();
    FileVisitor<Path> reader =
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            boolean left =
                without.contains(folder) || WRITTEN.contains(String.valueOf(folder.getFileName()));
            return left && !folder.equals(root)
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            if (Files.isRegularFile(file)) {
              String name = root.relativize(file).toString().replace('\\', '/');
              digests.put(name, Digest.of(file).value());
            }
            return FileVisitResult.CONTINUE;
          }
        };
    Files.walkFileTree(root, reader);
    return digests;
  }
}
