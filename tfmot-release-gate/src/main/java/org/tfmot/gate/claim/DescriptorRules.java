package org.tfmot.gate.claim;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.semver4j.Semver;

/** Checks of a descriptor, except those of its claims. */
final class DescriptorRules {

  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]*");
  private static final Pattern COORDINATES = Pattern.compile("[\\w.-]+:[\\w.-]+");

  private DescriptorRules() {}

  static void checkHead(
      int schemaVersion, String technique, String title, String rfc, Problems problems) {
    problems.require(
        schemaVersion == TechniqueDescriptor.SCHEMA_VERSION,
        "schemaVersion",
        "%d is not known to this version of the gate, which reads %d",
        schemaVersion,
        TechniqueDescriptor.SCHEMA_VERSION);
    problems.require(
        NAME.matcher(technique).matches(),
        "technique",
        "\"%s\" is no name of lower-case letters, digits, '.', '_', '-'",
        technique);
    problems.require(!title.isBlank(), "title", "is blank");
    problems.require(!rfc.isBlank(), "rfc", "is blank: name the file or link of the RFC");
  }

  static void checkOwners(List<Owner> owners, Problems problems) {
    Set<String> names = new HashSet<>();
    for (int i = 0; i < owners.size(); i++) {
      Owner owner = owners.get(i);
      Problems place = problems.at(i);
      place.require(!owner.name().isBlank(), "name", "is blank");
      place.require(!owner.contact().isBlank(), "contact", "is blank");
      place.require(names.add(owner.name()), "name", "\"%s\" is there twice", owner.name());
    }
    if (names.size() < 2) {
      problems.add("has %d, at least two are needed", names.size());
    }
    long onCall = owners.stream().filter(Owner::onCall).count();
    if (onCall != 1) {
      problems.add("%d are onCall, one has to be", onCall);
    }
  }

  static void checkSupports(List<SupportedDependency> supports, Problems problems) {
    Set<String> names = new HashSet<>();
    for (int i = 0; i < supports.size(); i++) {
      SupportedDependency dependency = supports.get(i);
      Problems place = problems.at(i);
      place.require(
          names.add(dependency.name()), "name", "\"%s\" is there twice", dependency.name());
      place.require(
          COORDINATES.matcher(dependency.coordinates()).matches(),
          "coordinates",
          "\"%s\" is not groupId:artifactId",
          dependency.coordinates());
      Semver lowest = version(dependency.lowest(), "lowest", place);
      Semver newest = version(dependency.newest(), "newest", place);
      place.require(
          lowest == null || newest == null || lowest.compareTo(newest) <= 0,
          "lowest",
          "%s is newer than newest, %s",
          dependency.lowest(),
          dependency.newest());
    }
  }

  private static @Nullable Semver version(String text, String key, Problems problems) {
    Semver version = Semver.coerce(text);
    problems.require(version != null, key, "\"%s\" is no version", text);
    return version;
  }

  static void checkIds(String technique, List<String> ids, Problems problems) {
    if (ids.isEmpty()) {
      problems.add("is empty: a technique without a claim has nothing to release");
    }
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < ids.size(); i++) {
      String id = ids.get(i);
      Problems place = problems.at(i);
      place.require(seen.add(id), "id", "\"%s\" is there twice", id);
      place.require(
          id.startsWith(technique + "/"), "id", "\"%s\" does not begin with %s/", id, technique);
    }
  }
}
