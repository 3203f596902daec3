package org.tfmot.gate.maven.process;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import org.tfmot.gate.maven.Folders;

/** A copy of a consumer, in which its POM may be changed. */
final class ConsumerCopy {

  private ConsumerCopy() {}

  /**
   * Copies a consumer without what was built from it, and without its history.
   *
   * @param consumer its folder
   * @param pom the POM to change, in that folder or below
   * @param bytes the changed POM
   * @param to the folder of the copy; what is in it is deleted
   * @return the changed POM
   * @throws IllegalArgumentException if the POM is not in the folder
   */
  static Path make(Path consumer, Path pom, byte[] bytes, Path to) throws IOException {
    Path from = consumer.toAbsolutePath().normalize();
    Path file = pom.toAbsolutePath().normalize();
    if (!file.startsWith(from)) {
      throw new IllegalArgumentException(
          "%s is not in the consumer's folder %s: name one that holds it".formatted(file, from));
    }
    Folders.delete(to);
    Path target = to.toAbsolutePath().normalize();
    Files.walkFileTree(
        from,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
              throws IOException {
            if (!folder.equals(from) && isLeftOut(folder, target)) {
              return FileVisitResult.SKIP_SUBTREE;
            }
            Files.createDirectories(target.resolve(from.relativize(folder)));
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path entry, BasicFileAttributes attributes)
              throws IOException {
            if (!String.valueOf(entry.getFileName()).equals(".git")) {
              Files.copy(entry, target.resolve(from.relativize(entry)), LinkOption.NOFOLLOW_LINKS);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    Path copy = target.resolve(from.relativize(file));
    Files.write(copy, bytes);
    return copy;
  }

  private static boolean isLeftOut(Path folder, Path target) {
    String name = String.valueOf(folder.getFileName());
    return name.equals(".git")
        || folder.equals(target)
        || (name.equals("target") && Files.exists(folder.resolveSibling("pom.xml")));
  }
}
