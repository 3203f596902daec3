package org.tfmot.gate.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.apiguardian.api.API;
import org.semver4j.Semver;
import org.tfmot.gate.json.Digest;

/**
 * Raises the lower bound of a dependency in a consumer's POM. The POM is written only after the
 * example held on exactly the new bound and on the newest version that is in range; of its bytes
 * only those of the version change.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class MinimumVersionBump {

  private final Path pom;
  private final String coordinates;
  private final byte[] before;
  private final byte[] after;
  private final VersionRequirement old;
  private final VersionRequirement raised;
  private final PomEdit edit;

  private MinimumVersionBump(Path pom, String coordinates, String to) throws IOException {
    this.pom = pom;
    this.coordinates = coordinates;
    this.before = Files.readAllBytes(pom);
    this.edit = PomEdit.find(pom.toString(), before, coordinates);
    this.old = VersionRequirement.parse(edit.requirement());
    this.raised = old.raise(Versions.released(to));
    this.after = edit.replace(raised.text());
  }

  /**
   * Plans a bump; nothing is written.
   *
   * @param coordinates {@code groupId:artifactId} of the dependency
   * @param to the new lower bound, a release
   * @throws IllegalArgumentException if the POM does not state the version, or it cannot be raised
   *     to this one
   */
  public static MinimumVersionBump of(Path pom, String coordinates, String to) throws IOException {
    return new MinimumVersionBump(pom, coordinates, to);
  }

  /**
   * Returns whether a POM asks for at least this version already.
   *
   * @param coordinates {@code groupId:artifactId} of the dependency
   * @param to a release
   * @throws IllegalArgumentException if the POM does not state the version
   */
  public static boolean isRaised(Path pom, String coordinates, String to) throws IOException {
    PomEdit edit = PomEdit.find(pom.toString(), Files.readAllBytes(pom), coordinates);
    String lower = VersionRequirement.parse(edit.requirement()).lower();
    return !Versions.released(to).isGreaterThan(Versions.lenient(lower));
  }

  /** Returns what would change, in the unified format. */
  public String diff() {
    return UnifiedDiff.of(String.valueOf(pom.getFileName()), before, after);
  }

  /** The bytes of the POM with exactly this version of the dependency, for a {@link BumpTrial}. */
  public byte[] pinned(String version) {
    return edit.replace(version);
  }

  /**
   * Tries both ends of the new range and the old bound, and writes the POM if the new ends hold.
   *
   * @throws IllegalArgumentException if a bound cannot be resolved or the example fails on it
   * @throws IOException if it could not be tried, or the POM changed in the meantime
   */
  public BumpResult run(BumpTrial trial) throws IOException {
    String to = raised.lower();
    String newest = newest(trial);
    require(trial, to, "the new lower bound");
    if (!newest.equals(to)) {
      require(trial, newest, "the newest version in range");
    }
    boolean needed =
        trial.run(coordinates, old.lower()).result() != BumpTrial.Result.EXAMPLE_PASSED;
    if (!Arrays.equals(before, Files.readAllBytes(pom))) {
      throw new IOException(pom + " was changed while its bump was tried: bump it again");
    }
    Files.write(pom, after);
    return new BumpResult(
        coordinates,
        old.lower(),
        to,
        newest,
        needed,
        edit.alsoAffected(),
        diff(),
        Digest.of(after));
  }

  private String newest(BumpTrial trial) throws IOException {
    Semver newest = Versions.released(raised.lower());
    for (String version : trial.available(coordinates)) {
      if (version.matches("\\d{1,9}\\.\\d{1,9}\\.\\d{1,9}")) {
        Semver semver = Versions.lenient(version);
        if (raised.admits(semver) && semver.isGreaterThan(newest)) {
          newest = semver;
        }
      }
    }
    return newest.toString();
  }

  private void require(BumpTrial trial, String version, String what) throws IOException {
    BumpTrial.Outcome outcome = trial.run(coordinates, version);
    switch (outcome.result()) {
      case EXAMPLE_PASSED -> {}
      case NOT_RESOLVED ->
          throw new ProcessRefusedException(
              "%s %s of %s cannot be resolved: %s. The POM is as it was"
                  .formatted(what, version, coordinates, outcome.detail()));
      case EXAMPLE_FAILED ->
          throw new ProcessRefusedException(
              "the example does not hold on %s %s of %s: %s. The POM is as it was"
                  .formatted(what, version, coordinates, outcome.detail()));
    }
  }
}
