package org.tfmot.gate.maven.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tfmot.gate.maven.Refusals.assertRefused;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.json.Json;
import org.tfmot.gate.maven.People;
import org.tfmot.gate.process.Journal;

class HandOverTest {

  @TempDir Path folder;
  private People people;
  private Journal journal;
  private Path file;

  @BeforeEach
  void propose() throws IOException {
    people = new People(folder);
    journal = people.proposed();
    file = folder.resolve("owners.json");
  }

  private HandOver begin(List<String> join, List<String> leave, @Nullable String onCall) {
    return HandOver.begin(
        journal,
        "pruning",
        new HandOver.Wish(join, leave, onCall, "ada moves on"),
        people.signer("ada"));
  }

  @Test
  void handOver_passedOnInAFile_isTakenWhenAllHaveSigned() throws IOException {
    HandOver begun = begin(List.of("joan", "tim"), List.of("ada"), "joan");
    assertEquals(Set.of("joan", "tim"), begun.missing(people.keys));
    begun.write(file);

    HandOver second = HandOver.read(file).sign(people.signer("tim"), people.keys);
    assertEquals(Set.of("joan"), second.missing(people.keys));
    second.write(file);

    HandOver last = HandOver.read(file).sign(people.signer("joan"), people.keys);
    assertTrue(last.missing(people.keys).isEmpty());
    journal.append(last.step(), people.candidate());
    assertEquals(Set.of("bob", "joan", "tim"), people.journal().owners("pruning"));
  }

  @Test
  void handOver_nobodyJoins_isCompleteAtOnce() throws IOException {
    HandOver grown =
        begin(List.of("joan"), List.of(), "bob").sign(people.signer("joan"), people.keys);
    journal.append(grown.step(), people.candidate());
    HandOver shrunk = begin(List.of(), List.of("joan"), "bob");
    assertTrue(shrunk.missing(people.keys).isEmpty());
    journal.append(shrunk.step(), people.candidate());
    assertEquals(Set.of("ada", "bob"), journal.owners("pruning"));
  }

  @Test
  void sign_bySomeoneWhoIsNotAsked_orTwice_isRefused() {
    HandOver begun = begin(List.of("joan"), List.of("ada"), "joan");
    assertRefused(() -> begun.sign(people.signer("olga"), people.keys), "it waits for [joan]");
    assertRefused(() -> begun.sign(people.signer("ada"), people.keys), "it waits for [joan]");
  }

  @Test
  void handOver_changedOnItsWay_isRefusedByTheJournal() throws IOException {
    begin(List.of("joan"), List.of("ada"), "joan").write(file);
    Files.writeString(file, Files.readString(file).replace("moves on", "was asked to go"));
    HandOver signed = HandOver.read(file).sign(people.signer("joan"), people.keys);
    assertRefused(
        () -> journal.append(signed.step(), people.candidate()), "the signature is not ada's");
  }

  @Test
  void begin_badWishes_areRefused() {
    assertRefused(() -> begin(List.of(), List.of(), "ada"), "nobody joins and nobody leaves");
    assertRefused(() -> begin(List.of(), List.of("ada"), "bob"), "at least two owners");
    assertRefused(() -> begin(List.of("joan"), List.of(), "olga"), "without being an owner");
    assertRefused(() -> begin(List.of("joan"), List.of(), null), "-Dgate.onCall");
    assertRefused(
        () ->
            HandOver.begin(
                journal,
                "clustering",
                new HandOver.Wish(List.of("joan"), List.of(), "joan", "why"),
                people.signer("ada")),
        "clustering has no owners");
  }

  @Test
  void read_anotherStep_isRefused() throws IOException {
    Json.write(file, journal.entries().get(0).body());
    assertRefused(() -> HandOver.read(file), "is no change of owners");
  }
}
