package org.tfmot.gate.maven.debug;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.apache.maven.plugins.annotations.ResolutionScope;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.engine.GateSpec;
import org.tfmot.gate.maven.AbstractGateMojo;
import org.tfmot.gate.maven.Folders;
import org.tfmot.gate.maven.run.Environments;

/**
 * Puts what is known of a claim's runs into one folder, under 5 MB: curves, logs, what is different
 * since the last PASS, the first step that went another way, and how to make the run again.
 */
@API(status = API.Status.INTERNAL, since = "0.1.0")
@Mojo(name = "debug", requiresDependencyResolution = ResolutionScope.TEST, threadSafe = true)
public final class DebugMojo extends AbstractGateMojo {

  /** The id of the claim. */
  @Parameter(property = "gate.claim")
  @Nullable String claim;

  @Override
  protected void act() throws IOException, InterruptedException {
    GateSpec spec = spec();
    ClaimDebug debug = ClaimDebug.of(spec, claim);
    String id = debug.claim().id();
    Path folder = outputFolder().resolve("debug").resolve(id.replace("/", "__"));
    Folders.delete(folder);
    Files.createDirectories(folder);
    DebugFiles.write(folder, debug.histories(), spec.output(), debug.claim().test());
    Environments environments = Environments.of(record("environments"));
    Files.writeString(
        folder.resolve("summary.md"),
        runnable(
            DebugSummary.of(
                debug,
                environments,
                Environments.present(
                    spec.key(Replay.test(spec, debug.claim())), classpath().lock(), jvmOptions))));
    getLog().info("%s: read %s".formatted(id, folder.resolve("summary.md")));
  }
}
