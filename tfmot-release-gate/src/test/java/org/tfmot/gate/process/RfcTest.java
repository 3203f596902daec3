package org.tfmot.gate.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tfmot.gate.json.Digest;

class RfcTest {

  private static final String SOUND =
      """
      ---
      technique: pruning
      title: "Magnitude pruning: fewer weights"
      author: ada
      owners: [ada, grace]
      status: REVIEW
      descriptor: gate/pruning.json
      ---

      # Motivation

      --- is no end.
      """;

  @TempDir Path folder;

  @Test
  void read_sound() throws IOException {
    Rfc rfc = read(SOUND);

    assertEquals("pruning", rfc.technique());
    assertEquals("Magnitude pruning: fewer weights", rfc.title());
    assertEquals("ada", rfc.author());
    assertEquals(List.of("ada", "grace"), rfc.owners());
    assertEquals(RfcStatus.REVIEW, rfc.status());
    assertEquals("gate/pruning.json", rfc.descriptor());
    assertTrue(rfc.body().startsWith("# Motivation") && rfc.body().endsWith("no end."));
    assertEquals(Digest.of(SOUND.getBytes(StandardCharsets.UTF_8)), rfc.digest());
  }

  @Test
  void read_crlfBomAndBlockList() throws IOException {
    String text =
        "\uFEFF" + SOUND.replace("[ada, grace]", "\n  - ada\n  - grace").replace("\n", "\r\n");

    assertEquals(List.of("ada", "grace"), read(text).owners());
  }

  @Test
  void proposed_takesOverAuthorOwnersAndDigest() throws IOException {
    Rfc rfc = read(SOUND);

    ProcessEvent.Proposed proposed = ProcessEvent.Proposed.of(rfc);

    assertEquals("ada", proposed.by());
    assertEquals("[ada, grace]", proposed.owners().toString());
    assertEquals(rfc.digest(), proposed.rfc());
  }

  @Test
  void proposed_draft_isRefused() throws IOException {
    Rfc draft = read(SOUND.replace("REVIEW", "DRAFT"));

    assertThrows(ProcessRefusedException.class, () -> ProcessEvent.Proposed.of(draft));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "technique: pruning | technique: Pruning! | 2 | technique | use lower-case letters",
        "title:             | titel:              | 3 | titel     | unknown key; known: technique",
        "author: ada        | author: [ada]       | 4 | author    | one text is needed, not a list",
        "author: ada        | author: 42          | 4 | author    | is read as 42, not as text",
        "author: ada        | author: {a: b}      | 4 | author    | text is needed, not a mapping",
        "author: ada        | author: ''          | 4 | author    | is empty",
        "[ada, grace]       | ada                 | 5 | owners    | a list is needed",
        "[ada, grace]       | [ada]               | 5 | owners    | at least two are needed",
        "[ada, grace]       | [ada, ada]          | 5 | owners    | names someone twice",
        "[ada, grace]       | [ada, [grace]]      | 5 | owners    | text is needed",
        "status: REVIEW     | status: Review      | 6 | status    | one of [DRAFT, REVIEW",
        "status: REVIEW     | author: eve         | 6 | author    | twice",
        "descriptor: gate/pruning.json | # none   | 1 | descriptor | is missing",
      })
  void read_wrong_namesLineAndKey(String from, String to, int line, String key, String sentence) {
    InvalidRfcException error = refused(SOUND.replace(from, to));

    assertTrue(error.getMessage().contains(sentence), error.getMessage());
    assertEquals(line, error.line());
    assertTrue(error.getMessage().contains("rfc.md, line " + line), error.getMessage());
    if (!sentence.equals("twice")) {
      assertEquals(key, error.key());
    }
  }

  @Test
  void read_noYaml_namesTheLine() {
    InvalidRfcException error = refused(SOUND.replace("author: ada", "author: \"ada"));

    assertTrue(error.getMessage().contains("is no YAML"), error.getMessage());
    assertTrue(error.line() >= 4 && error.line() <= 9, error.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "# Pruning", "---\ntechnique: pruning\n", "---\n- a\n---\n"})
  void read_withoutFrontMatter_isRefused(String text) {
    String message = refused(text).getMessage();
    assertTrue(message.contains("front matter"), message);
  }

  @Test
  void read_aliasAndOtherEncoding_areRefused() throws IOException {
    String alias = SOUND.replace("author: ada", "author: &a ada").replace("REVIEW", "*a");
    assertTrue(refused(alias).getMessage().contains("alias"));
    Path file = folder.resolve("latin.md");
    Files.write(file, SOUND.replace("ada", "ad\u00e4").getBytes(StandardCharsets.ISO_8859_1));
    assertThrows(InvalidRfcException.class, () -> Rfc.read(file));
  }

  private InvalidRfcException refused(String text) {
    return assertThrows(InvalidRfcException.class, () -> read(text));
  }

  private Rfc read(String text) throws IOException {
    return Rfc.read(Files.writeString(folder.resolve("rfc.md"), text));
  }
}
