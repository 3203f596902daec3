package org.tfmot.gate.maven.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.apache.maven.plugins.annotations.ResolutionScope;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.engine.GateSpec;
import org.tfmot.gate.maven.AbstractProcessMojo;
import org.tfmot.gate.maven.GoalArguments;
import org.tfmot.gate.maven.Signer;
import org.tfmot.gate.process.Journal;
import org.tfmot.gate.signature.TrustedKeys;

/**
 * Hands a technique over. One of its owners begins, with who joins, who leaves and why; whoever
 * joins signs the same file after that. The last signature puts it into the journal.
 */
@API(status = API.Status.INTERNAL, since = "0.1.0")
@Mojo(name = "owners", requiresDependencyResolution = ResolutionScope.TEST, threadSafe = true)
public final class OwnersMojo extends AbstractProcessMojo {

  /** The technique; needed by the first who signs. */
  @Parameter(property = "gate.technique")
  @Nullable String technique;

  /** New owners: names of the trusted keys, between commas. */
  @Parameter(property = "gate.join")
  List<String> join = new ArrayList<>();

  /** Owners that leave. */
  @Parameter(property = "gate.leave")
  List<String> leave = new ArrayList<>();

  /** The new owner to call first. */
  @Parameter(property = "gate.onCall")
  @Nullable String onCall;

  /** Reason for the change. */
  @Parameter(property = "gate.reason")
  @Nullable String reason;

  /** The file that goes from one signer to the next. */
  @Parameter(property = "gate.file", defaultValue = "owners.json")
  String file;

  @Override
  protected void act() throws IOException, InterruptedException {
    Path passedOn = file(file);
    Signer signer = signer(passedOn);
    TrustedKeys keys = keys();
    Journal journal = journal();
    HandOver handOver;
    if (Files.exists(passedOn)) {
      handOver = HandOver.read(passedOn).sign(signer, keys);
    } else {
      HandOver.Wish wish =
          new HandOver.Wish(
              join,
              leave,
              onCall,
              GoalArguments.required(reason, "-Dgate.reason=\"why they change\""));
      handOver =
          HandOver.begin(
              journal, GoalArguments.required(technique, "-Dgate.technique=<name>"), wish, signer);
    }
    getLog().info("%s signs: %s".formatted(signer.name(), handOver.words()));
    SortedSet<String> missing = handOver.missing(keys);
    if (!missing.isEmpty()) {
      handOver.write(passedOn);
      getLog()
          .info(
              "%s waits for %s: each calls gate:owners -Dgate.file=<the file> -Dgate.key=<name>.pem"
                  .formatted(passedOn, missing));
      return;
    }
    GateSpec spec = spec();
    String name = handOver.change().technique();
    journal.append(
        handOver.step(), candidate(GoalArguments.technique(spec.techniques(), name), spec));
    Files.deleteIfExists(passedOn);
    getLog().info("%s is handed over: change the owners in its descriptor with it".formatted(name));
  }
}
