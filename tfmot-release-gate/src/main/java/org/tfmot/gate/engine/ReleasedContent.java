package org.tfmot.gate.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeSet;
import org.apiguardian.api.API;
import org.tfmot.gate.dependency.BuildContent;
import org.tfmot.gate.dependency.Dependencies;
import org.tfmot.gate.dependency.DependencyStore;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.EvidenceKey;
import org.tfmot.gate.ledger.Ledger;

/**
 * Content of a release that its evidence is compared with.
 *
 * @param jars its jars, class by class
 * @param store what the runs of its ledger depended on
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public record ReleasedContent(BuildContent jars, DependencyStore store) {

  /**
   * Returns what of the runs of a key is not so in the release, in a few words each; empty if they
   * are evidence about it.
   *
   * @param files the released files: name to digest
   * @param inputs what else was attested
   */
  List<String> changes(
      EvidenceKey key,
      String test,
      Ledger ledger,
      SortedMap<String, Digest> files,
      SortedMap<String, Digest> inputs) {
    List<String> changes = new ArrayList<>(AttestedInputs.differences(key, inputs));
    List<Dependencies> runs = EvidenceKeys.runs(ledger, store, key.digest());
    Digest classPath = AttestedInputs.classPath(inputs);
    TreeSet<String> found = new TreeSet<>();
    for (Dependencies run : runs) {
      // Tests are not released: those in jars are part of the class path that was attested.
      Digest example = run.files().getOrDefault(EvidenceKey.EXAMPLE, key.example());
      found.addAll(
          run.changesIn(
              jars, EvidenceKey.files(files, example, classPath == null ? key.lock() : classPath)));
    }
    changes.addAll(found);
    Digest unreleased = AttestedInputs.unreleased(runs);
    if (!Objects.equals(unreleased, inputs.get(AttestedInputs.unreleased(test)))) {
      changes.add("test classes were others");
    }
    return changes;
  }
}
