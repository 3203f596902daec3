package org.tfmot.gate.maven.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tfmot.gate.maven.Refusals.assertRefused;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.maven.GoalParameters;
import org.tfmot.gate.maven.People;
import org.tfmot.gate.maven.Signer;
import org.tfmot.gate.process.Journal;
import org.tfmot.gate.process.ProcessEvent;
import org.tfmot.gate.process.ProcessEvent.Proposed;
import org.tfmot.gate.process.SignedEvent;
import org.tfmot.gate.signature.SigningKey;
import org.tfmot.gate.signature.TrustedKeys;

class ProposalTest {

  @TempDir Path folder;
  private People people;

  @BeforeEach
  void meet() throws IOException {
    people = new People(folder);
  }

  private ProposeMojo mojo(Path rfc, Path key) {
    ProposeMojo mojo = new ProposeMojo();
    GoalParameters.setRecords(mojo, folder);
    mojo.rfc = rfc.toString();
    GoalParameters.setKey(mojo, key);
    return mojo;
  }

  private void propose(Path rfc, Path key) throws IOException {
    Signer signer =
        Signer.of(TrustedKeys.read(folder.resolve("trusted-keys.json")), SigningKey.read(key));
    Proposal.read(rfc).take(signer, people.journal());
  }

  @Test
  void propose_byTheAuthor_isInTheJournal() throws Exception {
    Path rfc = people.rfc("ada", "REVIEW");
    propose(rfc, people.pem("ada"));
    Proposed proposed = (Proposed) people.journal().entries().get(0).body().event();
    assertEquals("ada", proposed.by());
    assertEquals(Digest.of(rfc), proposed.rfc());
    assertEquals("[ada, bob]", people.journal().owners("pruning").toString());
  }

  @Test
  void propose_bySomeoneElse_isRefused() throws IOException {
    Path rfc = people.rfc("ada", "REVIEW");
    assertRefused(() -> propose(rfc, people.pem("tim")), "it is signed by [tim]");
    assertTrue(people.journal().entries().isEmpty());
  }

  @Test
  void propose_withAKeyThatIsNotTrusted_isRefused() throws IOException {
    SigningKey.generate().write(folder.resolve("eve.pem"));
    Path rfc = people.rfc("ada", "REVIEW");
    assertRefused(mojo(rfc, folder.resolve("eve.pem"))::act, "is not one of the trusted keys");
    assertFalse(Files.exists(folder.resolve("journal.jsonl")));
  }

  @Test
  void propose_withoutKeyOrTrustedKeys_saysWhatIsMissing() throws IOException {
    ProposeMojo mojo = mojo(people.rfc("ada", "REVIEW"), people.pem("ada"));
    GoalParameters.setKey(mojo, null);
    assertRefused(mojo::act, "no key is named to sign with");
    Files.delete(folder.resolve("trusted-keys.json"));
    assertRefused(mojo::act, "does not exist, so no signature counts");
  }

  @Test
  void check_refusesWhatAppendWouldRefuse_andWritesNothing() throws IOException {
    Journal journal = people.proposed();
    ProcessEvent bump =
        new ProcessEvent.MinimumVersionBumped(
            "pruning",
            "bob",
            "org.example:engine",
            "0.0.0",
            "1.0.0",
            "1.0.0",
            Digest.of(new byte[0]));
    SignedEvent step = SignedEvent.sign(bump, people.signer("bob").key());
    assertRefused(() -> journal.check(step, people.candidate()), "it was not released yet");
    ProcessEvent again = journal.entries().get(0).body().event();
    journal.check(SignedEvent.sign(again, people.signer("ada").key()), people.candidate());
    assertEquals(1, journal.entries().size());
    assertEquals(1, people.journal().entries().size());
  }

  @Test
  void propose_aDraft_isRefused() throws IOException {
    Path rfc = people.rfc("ada", "DRAFT");
    assertRefused(() -> propose(rfc, people.pem("ada")), "is DRAFT");
  }

  @Test
  void read_descriptorOfAnotherTechnique_isRefused() throws IOException {
    Path rfc = people.rfc("ada", "REVIEW");
    Files.writeString(
        rfc, Files.readString(rfc).replace("technique: pruning", "technique: clustering"));
    assertRefused(() -> Proposal.read(rfc), "is about clustering, and its descriptor pruning.json");
  }
}
