package org.tfmot.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Links between pages lead somewhere, and so do the pages that sources name. */
class DocumentedLinksTest {

  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");

  private static final Pattern HEADING = Pattern.compile("(?m)^#{1,6} +(.*?) *$");

  /** A page that a Java source or a build file names by its path below the root. */
  private static final Pattern NAMED = Pattern.compile("\\bdocs/[\\w/-]+\\.md(?:#[\\w-]+)?");

  @Test
  void linksOfPages_resolve() throws IOException {
    List<String> broken = new ArrayList<>();
    int links = 0;
    for (String page : Documentation.pages()) {
      for (String link : links(page)) {
        if (!link.contains("://")) {
          links++;
          Path target = Path.of(page).resolveSibling(link.replaceAll("#.*", "")).normalize();
          String file = link.startsWith("#") ? page : target.toString().replace('\\', '/');
          check(page, link, file, broken);
        }
      }
    }
    assertEquals(List.of(), broken);
    assertTrue(links > 100, links + " links");
  }

  @Test
  void pagesThatSourcesName_exist() throws IOException {
    List<String> broken = new ArrayList<>();
    int named = 0;
    for (Path source : sources()) {
      for (MatchResult page : NAMED.matcher(Files.readString(source)).results().toList()) {
        named++;
        String link = page.group();
        check(source.getFileName().toString(), link, link.replaceAll("#.*", ""), broken);
      }
    }
    assertEquals(List.of(), broken);
    assertTrue(named > 0, named + " pages are named");
  }

  @Test
  void menuOfTheSite_leadsToPages() throws IOException {
    List<String> items =
        Pattern.compile("href=\"([^\"]+)\\.html\"")
            .matcher(Documentation.read("src/site/site.xml"))
            .results()
            .map(item -> item.group(1) + ".md")
            .filter(page -> !page.startsWith("apidocs/"))
            .toList();
    List<String> pages = Documentation.pages();
    assertEquals(List.of(), items.stream().filter(page -> !pages.contains(page)).toList());
    List<String> guides = pages.stream().filter(page -> page.startsWith("docs/guide/")).toList();
    // The toy task is a part of the others.
    assertEquals(
        List.of("docs/guide/toy-task.md"),
        guides.stream().filter(page -> !items.contains(page)).toList());
  }

  private static void check(String from, String link, String file, List<String> broken)
      throws IOException {
    int hash = link.indexOf('#');
    if (!Files.exists(Documentation.ROOT.resolve(file))) {
      broken.add(from + ": " + link + " (there is no " + file + ")");
    } else if (hash >= 0 && !anchors(file).contains(link.substring(hash + 1))) {
      broken.add(from + ": " + link + " (of " + anchors(file) + ")");
    }
  }

  private static List<String> links(String page) throws IOException {
    String text = Documentation.prose(page).replaceAll("`[^`\n]*`", "");
    return LINK.matcher(text).results().map(link -> link.group(1)).toList();
  }

  /** Returns the anchors of a page's headings, as GitHub makes them. */
  private static Set<String> anchors(String page) throws IOException {
    Set<String> anchors = new HashSet<>();
    Map<String, Integer> seen = new HashMap<>();
    HEADING
        .matcher(Documentation.prose(page))
        .results()
        .map(heading -> anchor(heading.group(1)))
        .forEach(
            anchor -> {
              int before = seen.merge(anchor, 1, Integer::sum) - 1;
              anchors.add(before == 0 ? anchor : anchor + "-" + before);
            });
    return anchors;
  }

  private static String anchor(String heading) {
    return heading
        .replaceAll("\\[([^]]*)]\\([^)]*\\)", "$1")
        .toLowerCase(Locale.ROOT)
        .replaceAll("[^\\p{L}\\p{N} _-]", "")
        .replace(' ', '-');
  }

  private static List<Path> sources() throws IOException {
    try (Stream<Path> files = Files.walk(Documentation.ROOT, 1)) {
      List<Path> sources = new ArrayList<>();
      for (Path module :
          files.filter(file -> file.getFileName().toString().startsWith("tfmot-")).toList()) {
        try (Stream<Path> own = Files.walk(module.resolve("src/main"))) {
          own.filter(file -> file.toString().endsWith(".java")).forEach(sources::add);
        }
      }
      return sources;
    }
  }
}
