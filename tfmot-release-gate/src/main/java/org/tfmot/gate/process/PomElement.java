package org.tfmot.gate.process;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An element of a POM and where its text stands in the file. */
final class PomElement {

  /** A piece of text without the white space around it. */
  record Text(int start, int end, String value) {}

  final String name;
  final @Nullable PomElement parent;
  final int line;
  final List<PomElement> children = new ArrayList<>();
  private final List<Text> texts = new ArrayList<>();
  private boolean marked;

  PomElement(String name, @Nullable PomElement parent, int line) {
    this.name = name;
    this.parent = parent;
    this.line = line;
  }

  void addText(String file, int start, int end) {
    int from = start;
    int to = end;
    while (from < to && file.charAt(from) <= ' ') {
      from++;
    }
    while (from < to && file.charAt(to - 1) <= ' ') {
      to--;
    }
    if (from < to) {
      texts.add(new Text(from, to, file.substring(from, to)));
    }
  }

  /** It has a CDATA section, whose text cannot be replaced like other text. */
  void mark() {
    marked = true;
  }

  /** Its only text; null if it has none, several pieces (a comment between), or CDATA. */
  @Nullable Text text() {
    return texts.size() == 1 && !marked && children.isEmpty() ? texts.get(0) : null;
  }

  @Nullable PomElement child(String childName) {
    for (PomElement child : children) {
      if (child.name.equals(childName)) {
        return child;
      }
    }
    return null;
  }

  /** The text of a child; null if there is none. */
  @Nullable String childText(String childName) {
    PomElement child = child(childName);
    Text text = child == null ? null : child.text();
    return text == null ? null : text.value();
  }

  /** All elements of this name in and under this one. */
  List<PomElement> all(String descendant) {
    List<PomElement> found = new ArrayList<>();
    collect(descendant, found);
    return found;
  }

  private void collect(String descendant, List<PomElement> found) {
    for (PomElement child : children) {
      if (child.name.equals(descendant)) {
        found.add(child);
      }
      child.collect(descendant, found);
    }
  }

  /** Returns whether a chain of ancestors, from the nearest on, has these names. */
  boolean in(String... ancestors) {
    PomElement at = parent;
    for (String ancestor : ancestors) {
      if (at == null || !at.name.equals(ancestor)) {
        return false;
      }
      at = at.parent;
    }
    return true;
  }
}
