package org.tfmot.gate.maven;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.engine.GateTest;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.run.CommandRunner;

/** A convergence test that is a command, as {@code <command>} in a POM. */
@API(status = API.Status.EXPERIMENTAL)
public final class GateCommand {

  private @Nullable String name;
  private List<String> claims = List.of();
  private List<String> arguments = List.of();

  /** Its name, as in the claims that it proves. */
  public void setName(String name) {
    this.name = name;
  }

  /** The ids of the claims that it proves. */
  public void setClaims(List<String> claims) {
    this.claims = List.copyOf(claims);
  }

  /** The program and its arguments; {@code {seed}} and {@code {folder}} are replaced. */
  public void setArguments(List<String> arguments) {
    this.arguments = List.copyOf(arguments);
  }

  GateTest test(Path directory) {
    if (name == null) {
      throw new IllegalArgumentException("a <command> of the release gate has no <name>");
    }
    return new GateTest(
        name,
        new TreeSet<>(claims),
        Digest.ofJson(arguments),
        new CommandRunner(arguments, directory, Map.of()));
  }
}
