package org.tfmot.gate.process;

import org.semver4j.Semver;

/**
 * Versions that semantic versioning and Maven order the same way: numbers only. With a qualifier
 * they differ (Maven puts {@code 1.0.0-sp1} after {@code 1.0.0}, semver before it).
 */
final class Versions {

  private Versions() {}

  /** A release: major.minor.patch. */
  static Semver released(String version) {
    if (!version.matches("(0|[1-9]\\d{0,8})\\.(0|[1-9]\\d{0,8})\\.(0|[1-9]\\d{0,8})")) {
      throw new ProcessRefusedException(
          "\"%s\" is no release: major.minor.patch without a qualifier is needed"
              .formatted(version));
    }
    return new Semver(version);
  }

  /** A bound as POMs have it: the last numbers may be missing and count as 0. */
  static Semver lenient(String version) {
    if (!version.matches("\\d{1,9}(\\.\\d{1,9}){0,2}")) {
      throw new ProcessRefusedException(
          "the bound \"%s\" has a qualifier, or too many parts: Maven and semver may order it"
                  .formatted(version)
              + " differently; write major.minor.patch");
    }
    String[] parts = version.split("\\.", -1);
    return Semver.create(part(parts, 0), part(parts, 1), part(parts, 2));
  }

  private static int part(String[] parts, int index) {
    return index < parts.length ? Integer.parseInt(parts[index]) : 0;
  }
}
