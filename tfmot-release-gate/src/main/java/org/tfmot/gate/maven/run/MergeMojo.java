package org.tfmot.gate.maven.run;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.apiguardian.api.API;
import org.tfmot.gate.dependency.DependencyStore;
import org.tfmot.gate.ledger.HashChain;
import org.tfmot.gate.ledger.LedgerException;
import org.tfmot.gate.ledger.LedgerMerge;
import org.tfmot.gate.maven.AbstractGateMojo;

/**
 * Puts the ledgers of shards into this ledger. Their order does not matter, and a ledger that is in
 * it already adds nothing.
 */
@API(status = API.Status.INTERNAL, since = "0.1.0")
@Mojo(name = "merge", threadSafe = true)
public final class MergeMojo extends AbstractGateMojo {

  /** The ledgers of the shards, between commas. */
  @Parameter(property = "gate.ledgers")
  List<String> ledgers = new ArrayList<>();

  @Override
  protected void act() throws IOException {
    if (ledgers.isEmpty()) {
      throw new IllegalArgumentException(
          "no ledger is named to merge: -Dgate.ledgers=<file>,<file>");
    }
    List<Path> shards = ledgers.stream().map(name -> file(name.strip())).toList();
    try {
      // First, so that no run of the merged ledger is without what it depended on.
      DependencyStore own = DependencyStore.read(DependencyStore.file(ledgerFile()));
      for (Path shard : shards) {
        own.putAll(DependencyStore.read(DependencyStore.file(shard)));
      }
      HashChain.Head head = LedgerMerge.merge(shards, ledgerFile());
      getLog()
          .info(
              "%s has %d ledgers merged: %d lines, head %s"
                  .formatted(ledgerFile(), shards.size(), head.lines(), head.digest()));
    } catch (LedgerException e) {
      throw new IllegalStateException("nothing was merged: " + e.getMessage(), e);
    }
  }
}
