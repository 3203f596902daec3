package org.tfmot.gate.dependency;

import org.jspecify.annotations.Nullable;

/**
 * Origin of a loaded class.
 *
 * @param jar of the build; null if it is from elsewhere
 */
record Origin(Kind kind, @Nullable JarContent jar) {

  /** Kind of origin. */
  enum Kind {
    /** A jar under test. */
    UNDER_TEST,
    /** A locked jar. */
    LOCKED,
    /** The JDK, or bytes that loaded classes made. */
    MADE,
    /** A place that no evidence is about. */
    UNKNOWN
  }

  private static final String JDK = "jrt:/";

  /** The archive of class data sharing; that of the JDK itself holds nothing else. */
  private static final String SHARED = "shared objects file";

  private static final String MADE = "__";

  static Origin of(String className, String source, BuildContent build) {
    JarContent jar = build.at(source);
    if (jar != null) {
      return new Origin(Kind.UNDER_TEST, jar);
    }
    if (build.isLocked(source)) {
      return new Origin(Kind.LOCKED, null);
    }
    // Without a place; a loader of its own may have defined a class of the build by its bytes.
    if (source.startsWith(SHARED) || source.startsWith(MADE)) {
      JarContent first = build.first(className);
      return new Origin(first == null ? Kind.MADE : Kind.UNDER_TEST, first);
    }
    return new Origin(source.startsWith(JDK) ? Kind.MADE : Kind.UNKNOWN, null);
  }
}
