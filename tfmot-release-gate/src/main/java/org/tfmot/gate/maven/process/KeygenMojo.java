package org.tfmot.gate.maven.process;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.json.Json;
import org.tfmot.gate.maven.AbstractProcessMojo;
import org.tfmot.gate.maven.GoalArguments;
import org.tfmot.gate.signature.SigningKey;
import org.tfmot.gate.signature.Team;
import org.tfmot.gate.signature.TrustedKey;

/**
 * Makes a key to sign with, and prints its entry for the trusted keys. The private half is readable
 * by its owner only; keep it out of the repository.
 */
@API(status = API.Status.INTERNAL, since = "0.1.0")
@Mojo(name = "keygen", requiresProject = false, threadSafe = true)
public final class KeygenMojo extends AbstractProcessMojo {

  /** Whose key it is, as in RFCs and descriptors. */
  @Parameter(property = "gate.name")
  @Nullable String name;

  /** TFMOT, OFFICIAL_MODELS, CONTRIBUTOR, RELEASE or RUNNER. */
  @Parameter(property = "gate.team")
  @Nullable String team;

  /** After how many days a runner's key ends. */
  @Parameter(property = "gate.days", defaultValue = "90")
  int days = 90;

  @Override
  protected boolean isAboutTheBuild() {
    return false;
  }

  @Override
  protected void act() throws IOException {
    Path file = file(GoalArguments.required(key, "-Dgate.key=<name>.pem"));
    String holder = GoalArguments.required(name, "-Dgate.name=<who signs with it>");
    Team speaksFor = GoalArguments.oneOf(Team.class, team, "gate.team");
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new IllegalArgumentException("there is no folder %s for the key".formatted(folder));
    }
    SigningKey fresh = SigningKey.generate();
    if (days < 1) {
      throw new IllegalArgumentException(
          "gate.days is %d, it has to be at least 1".formatted(days));
    }
    @Nullable String until =
        speaksFor == Team.RUNNER
            ? Instant.now().plus(Duration.ofDays(days)).truncatedTo(ChronoUnit.SECONDS).toString()
            : null;
    TrustedKey entry = new TrustedKey(holder, speaksFor, fresh.publicKey(), until);
    try {
      fresh.write(file);
    } catch (FileAlreadyExistsException e) {
      throw new IllegalStateException(
          "%s is there already, and a key is not overwritten: name another file"
              .formatted(e.getMessage()),
          e);
    }
    getLog().info("the key is %s; its entry in trusted-keys.json:".formatted(file));
    getLog().info(Json.canonical(entry));
  }
}
