package org.tfmot.gate.maven.process;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tfmot.gate.maven.Refusals.assertRefused;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.maven.plugin.logging.SystemStreamLog;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.json.Json;
import org.tfmot.gate.maven.GoalParameters;
import org.tfmot.gate.maven.Signer;
import org.tfmot.gate.signature.SigningKey;
import org.tfmot.gate.signature.Team;
import org.tfmot.gate.signature.TrustedKey;
import org.tfmot.gate.signature.TrustedKeys;

class KeygenTest {

  @TempDir Path folder;
  private final List<String> printed = new ArrayList<>();

  private KeygenMojo mojo(String team) {
    KeygenMojo mojo = new KeygenMojo();
    GoalParameters.setKey(mojo, folder.resolve("ada.pem"));
    mojo.name = "ada";
    mojo.team = team;
    mojo.setLog(
        new SystemStreamLog() {
          @Override
          public void info(CharSequence line) {
            printed.add(line.toString());
          }
        });
    return mojo;
  }

  @Test
  void keygen_printsTheEntryOfTheKeyThatItWrote() throws Exception {
    mojo("TFMOT").act();
    String line = printed.get(printed.size() - 1);
    TrustedKey entry =
        Json.parse("printed", line.getBytes(StandardCharsets.UTF_8), TrustedKey.class);
    assertEquals("ada", entry.name());
    assertEquals(Team.TFMOT, entry.team());
    SigningKey key = SigningKey.read(folder.resolve("ada.pem"));
    assertEquals("ada", Signer.of(new TrustedKeys(List.of(entry)), key).name());
  }

  @Test
  void keygen_ofARunner_givesItsKeyAnEnd() throws Exception {
    KeygenMojo mojo = mojo("RUNNER");
    mojo.days = 30;
    Instant before = Instant.now();
    mojo.act();
    String line = printed.get(printed.size() - 1);
    TrustedKey entry =
        Json.parse("printed", line.getBytes(StandardCharsets.UTF_8), TrustedKey.class);
    assertEquals(Team.RUNNER, entry.team());
    assertTrue(entry.countsAt(before.plus(Duration.ofDays(29))));
    assertFalse(entry.countsAt(before.plus(Duration.ofDays(31))));
    KeygenMojo endless = mojo("RUNNER");
    endless.days = 0;
    assertRefused(endless::act, "gate.days is 0");
  }

  @Test
  void keygen_doesNotOverwrite() throws Exception {
    mojo("TFMOT").act();
    byte[] before = Files.readAllBytes(folder.resolve("ada.pem"));
    assertRefused(mojo("TFMOT")::act, "a key is not overwritten");
    Files.delete(folder.resolve("ada.pub.pem"));
    assertRefused(mojo("TFMOT")::act, "a key is not overwritten");
    assertArrayEquals(before, Files.readAllBytes(folder.resolve("ada.pem")));
  }

  @Test
  void keygen_badInput_writesNothing() {
    assertRefused(mojo("REVIEWERS")::act, "-Dgate.team=REVIEWERS: it is one of [TFMOT");
    KeygenMojo nameless = mojo("TFMOT");
    nameless.name = null;
    assertRefused(nameless::act, "-Dgate.name");
    KeygenMojo elsewhere = mojo("TFMOT");
    GoalParameters.setKey(elsewhere, folder.resolve("missing/ada.pem"));
    assertRefused(elsewhere::act, "there is no folder");
    KeygenMojo misnamed = mojo("TFMOT");
    GoalParameters.setKey(misnamed, folder.resolve("ada.key"));
    assertRefused(misnamed::act, "is called <name>.pem");
    assertFalse(Files.exists(folder.resolve("ada.pem")));
    assertFalse(Files.exists(folder.resolve("ada.pub.pem")));
  }
}
