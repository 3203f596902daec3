package org.tfmot.gate.maven;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.tfmot.gate.claim.TechniqueDescriptor;
import org.tfmot.gate.engine.Toy;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.json.Json;
import org.tfmot.gate.process.Candidate;
import org.tfmot.gate.process.Journal;
import org.tfmot.gate.process.ProcessEvent;
import org.tfmot.gate.signature.SigningKey;
import org.tfmot.gate.signature.Team;
import org.tfmot.gate.signature.TrustedKey;
import org.tfmot.gate.signature.TrustedKeys;

/** Those who take steps in a test, with their keys in files, and the toy that they are about. */
public final class People {

  final Map<String, SigningKey> secrets = new LinkedHashMap<>();
  public final TrustedKeys keys;
  final Path folder;

  /** The author ada, her co-owner bob, the reviewers tim and olga, joan, and the release job. */
  public People(Path folder) throws IOException {
    this.folder = folder;
    List<TrustedKey> entries = new ArrayList<>();
    for (Map.Entry<String, Team> person :
        Map.of(
                "ada", Team.TFMOT,
                "bob", Team.CONTRIBUTOR,
                "tim", Team.TFMOT,
                "olga", Team.OFFICIAL_MODELS,
                "joan", Team.CONTRIBUTOR,
                "ci", Team.RELEASE)
            .entrySet()) {
      SigningKey key = SigningKey.generate();
      secrets.put(person.getKey(), key);
      entries.add(new TrustedKey(person.getKey(), person.getValue(), key.publicKey(), null));
      key.write(pem(person.getKey()));
    }
    keys = new TrustedKeys(entries);
    Json.write(folder.resolve("trusted-keys.json"), keys);
  }

  public Path pem(String name) {
    return folder.resolve(name + ".pem");
  }

  public Signer signer(String name) {
    return Signer.of(keys, secrets.get(name));
  }

  public Journal journal() throws IOException {
    return Journal.open(folder.resolve("journal.jsonl"), keys);
  }

  /** A journal with the toy's proposal by ada. */
  public Journal proposed() throws IOException {
    Journal journal = journal();
    ProcessEvent event =
        new ProcessEvent.Proposed(
            "pruning", "ada", new TreeSet<>(List.of("ada", "bob")), Digest.of(new byte[] {1}));
    signer("ada").take(event, candidate(), journal);
    return journal;
  }

  public Candidate candidate() {
    TechniqueDescriptor descriptor = new Toy(folder).spec().techniques().get(0);
    return new Candidate(descriptor, "1".repeat(40), Digest.of(new byte[] {2}));
  }

  /** An RFC of the toy, with its descriptor beside it. */
  public Path rfc(String author, String status) throws IOException {
    Json.write(folder.resolve("pruning.json"), candidate().descriptor());
    Path file = folder.resolve("pruning.md");
    Files.writeString(
        file,
        """
        ---
        technique: pruning
        title: Pruning
        author: %s
        owners: [ada, bob]
        status: %s
        descriptor: pruning.json
        ---
        Who needs it.
        """
            .formatted(author, status));
    return file;
  }
}
