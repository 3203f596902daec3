package org.tfmot.examples;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** The pages of this repository, for tests that hold them to the code. */
final class Documentation {

  /** The folder of the repository; tests run in that of their module. */
  static final Path ROOT = Path.of("").toAbsolutePath().getParent();

  private Documentation() {}

  /** Returns all Markdown files by their paths below the root, such as {@code docs/models.md}. */
  static List<String> pages() throws IOException {
    List<String> pages = new ArrayList<>();
    Files.walkFileTree(
        ROOT,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            String name = folder.getFileName().toString();
            boolean made = name.equals("target") || name.startsWith(".");
            return made && !folder.equals(ROOT)
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (file.toString().endsWith(".md")) {
              pages.add(ROOT.relativize(file).toString().replace('\\', '/'));
            }
            return FileVisitResult.CONTINUE;
          }
        });
    Collections.sort(pages);
    return pages;
  }

  static String read(String page) throws IOException {
    return Files.readString(ROOT.resolve(page));
  }

  /** Returns the fenced blocks of a language, such as {@code java}; "" for those that name none. */
  static List<String> blocks(String page, String language) throws IOException {
    return Pattern.compile("(?ms)^```(\\w*)\n(.*?)^```$")
        .matcher(read(page))
        .results()
        .filter(block -> block.group(1).equals(language))
        .map((MatchResult block) -> block.group(2))
        .toList();
  }

  /** Returns a page without its fenced blocks. */
  static String prose(String page) throws IOException {
    return read(page).replaceAll("(?ms)^```.*?^```$", "");
  }
}
