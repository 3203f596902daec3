package org.tfmot.gate.maven.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.tfmot.gate.maven.Refusals.assertRefused;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.engine.Gate;
import org.tfmot.gate.engine.GateListener;
import org.tfmot.gate.engine.GateOptions;
import org.tfmot.gate.engine.GateSpec;
import org.tfmot.gate.engine.Shards;
import org.tfmot.gate.engine.Toy;
import org.tfmot.gate.maven.GoalParameters;

class MergeTest {

  @TempDir Path folder;

  private GateSpec shard(String shard) throws Exception {
    GateSpec spec = new Toy(folder.resolve(shard.replace('/', '-'))).spec();
    GateOptions options = spec.options().withShard(Shards.parse(shard));
    new Gate(spec.with(options)).run(GateListener.NONE);
    return spec;
  }

  private MergeMojo mojo(List<String> ledgers) {
    MergeMojo mojo = new MergeMojo();
    mojo.ledgers = ledgers;
    GoalParameters.setRecords(mojo, folder);
    return mojo;
  }

  @Test
  void merge_ofTwoShards_hasTheClaimsOfBoth() throws Exception {
    GateSpec first = shard("1/2");
    GateSpec second = shard("2/2");
    assertFalse(new Gate(first).status().released());
    mojo(List.of(first.ledger().toString(), " " + second.ledger())).act();
    GateSpec all = new Toy(folder).spec();
    assertEquals(folder.resolve("ledger.jsonl"), all.ledger());
    assertEquals(List.of(), new Gate(all).status().problems());
  }

  @Test
  void merge_ofNothing_orOfWhatIsNoLedger_isRefused_andWritesNothing() throws Exception {
    assertRefused(mojo(List.of())::act, "-Dgate.ledgers");
    assertRefused(mojo(List.of(folder.resolve("none.jsonl").toString()))::act, "no such file");
    Path torn = folder.resolve("torn.jsonl");
    Files.writeString(torn, "{\"not\": \"a ledger\"}\n");
    assertRefused(mojo(List.of(torn.toString()))::act, "nothing was merged: ");
    assertFalse(Files.exists(folder.resolve("ledger.jsonl")));
  }
}
