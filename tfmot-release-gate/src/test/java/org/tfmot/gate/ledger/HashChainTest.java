package org.tfmot.gate.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HashChainTest {

  record Note(String text, double value) {}

  private static final int LINES = 4;

  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void writeChain() throws IOException {
    file = folder.resolve("sub/chain.jsonl");
    HashChain<Note> chain = open();
    for (int i = 1; i <= LINES; i++) {
      chain.append(new Note("note é {\"" + i + "\\", i / 3.0));
    }
  }

  private HashChain<Note> open() throws IOException {
    return HashChain.open(file, Note.class, HashChain.Rules.none());
  }

  private LedgerException refused() {
    LedgerException e = assertThrows(LedgerException.class, this::open);
    LedgerException read =
        assertThrows(
            LedgerException.class, () -> HashChain.read(file, Note.class, HashChain.Rules.none()));
    assertEquals(e.getMessage(), read.getMessage());
    assertEquals(e.line(), read.line());
    return e;
  }

  private List<String> lines() throws IOException {
    return new ArrayList<>(Files.readAllLines(file));
  }

  private void write(List<String> lines) throws IOException {
    Files.writeString(file, String.join("\n", lines) + "\n");
  }

  @Test
  void open_written_readsItBack() throws IOException {
    HashChain<Note> chain = open();
    assertEquals(LINES, chain.entries().size());
    assertEquals(new Note("note é {\"2\\", 2 / 3.0), chain.entries().get(1).body());
    assertEquals(2, chain.entries().get(1).number());
    assertEquals(LINES, chain.head().lines());
    assertEquals(chain.entries().get(LINES - 1).digest(), chain.head().digest());
    assertTrue(chain.repaired().isEmpty());
  }

  @Test
  void open_anyByteChanged_isRefusedWithItsLine() throws IOException {
    byte[] sound = Files.readAllBytes(file);
    int line = 1;
    for (int i = 0; i < sound.length; i++) {
      for (byte other : new byte[] {(byte) (sound[i] ^ 1), '\n', '}'}) {
        if (other != sound[i]) {
          byte[] changed = sound.clone();
          changed[i] = other;
          Files.write(file, changed);
          LedgerException e = assertThrows(LedgerException.class, this::open);
          assertEquals(line, e.line(), "byte " + i + " as " + (char) other);
        }
      }
      line += sound[i] == '\n' ? 1 : 0;
    }
    assertFalse(Files.exists(file.resolveSibling("chain.jsonl.torn")), "damage is no tear");
  }

  @Test
  void open_anyByteRemovedOrAdded_isRefused() throws IOException {
    byte[] sound = Files.readAllBytes(file);
    for (int i = 0; i < sound.length - 1; i++) {
      byte[] removed = Arrays.copyOf(sound, sound.length - 1);
      System.arraycopy(sound, i + 1, removed, i, removed.length - i);
      Files.write(file, removed);
      assertThrows(LedgerException.class, this::open, "byte " + i + " removed");
      byte[] added = Arrays.copyOf(sound, sound.length + 1);
      System.arraycopy(sound, i, added, i + 1, sound.length - i);
      added[i] = ' ';
      Files.write(file, added);
      assertThrows(LedgerException.class, this::open, "byte added at " + i);
    }
  }

  @Test
  void open_lineRemoved_isRefusedAtThatLine() throws IOException {
    List<String> sound = lines();
    for (int i = 0; i < LINES - 1; i++) {
      List<String> lines = new ArrayList<>(sound);
      lines.remove(i);
      write(lines);
      LedgerException e = refused();
      assertEquals(i + 1, e.line());
      assertTrue(e.reason().contains("removed"), e.getMessage());
      assertTrue(e.getMessage().contains("chain.jsonl, line " + (i + 1)), e.getMessage());
    }
  }

  @Test
  void contains_linesTakenFromTheEnd_isFalseForTheHeadThatWasKept() throws IOException {
    HashChain.Head kept = open().head();
    HashChain.Head empty = new HashChain.Head(0, ChainLine.GENESIS);
    List<String> lines = lines();
    lines.remove(LINES - 1);
    write(lines);
    HashChain<Note> shorter = open();
    assertFalse(shorter.contains(kept));
    assertTrue(shorter.contains(shorter.head()));
    assertTrue(shorter.contains(empty));
    shorter.append(new Note("another history", 0));
    assertFalse(shorter.contains(kept), "as long, but not the same");
  }

  @Test
  void open_linesSwapped_isRefusedAtTheFirst() throws IOException {
    List<String> lines = lines();
    Collections.swap(lines, 1, 3);
    write(lines);
    assertEquals(2, refused().line());
  }

  @Test
  void open_lineDuplicated_isRefusedAtTheSecond() throws IOException {
    List<String> lines = lines();
    lines.add(3, lines.get(2));
    write(lines);
    LedgerException e = refused();
    assertEquals(4, e.line());
    assertTrue(e.reason().contains("duplicated"), e.getMessage());
  }

  @Test
  void open_lineOfAnotherChain_isRefused() throws IOException {
    List<String> mine = lines();
    Files.delete(file);
    writeChain();
    List<String> lines = lines();
    lines.set(2, mine.get(2));
    write(lines);
    LedgerException e = refused();
    assertEquals(3, e.line());
    assertTrue(e.reason().contains("replaced"), e.getMessage());
  }

  @Test
  void open_emptyLineOrGarbageLine_isRefused() throws IOException {
    for (String extra : new String[] {"", "{}", "hello", "null"}) {
      List<String> lines = lines();
      lines.add(extra);
      write(lines);
      assertEquals(LINES + 1, refused().line(), extra);
      lines.remove(LINES);
      write(lines);
    }
  }

  @Test
  void open_tornAnywhereInTheLastLine_goesOnFromTheLineBefore() throws IOException {
    byte[] sound = Files.readAllBytes(file);
    int last = new String(sound, StandardCharsets.ISO_8859_1).lastIndexOf("\n{") + 1;
    Path torn = file.resolveSibling("chain.jsonl.torn");
    for (int length = last + 1; length < sound.length - 1; length++) {
      Files.write(file, Arrays.copyOf(sound, length));
      assertThrows(
          LedgerException.class, () -> HashChain.read(file, Note.class, HashChain.Rules.none()));
      Files.deleteIfExists(torn);
      HashChain<Note> chain = open();
      assertEquals(LINES - 1, chain.entries().size());
      assertEquals(torn.toAbsolutePath(), chain.repaired().orElseThrow());
      assertEquals(
          new String(sound, last, length - last, StandardCharsets.ISO_8859_1) + "\n",
          Files.readString(torn, StandardCharsets.ISO_8859_1));
      chain.append(new Note("after", 1));
      assertEquals(LINES, open().entries().size());
    }
  }

  @Test
  void open_onlyTheLastLineEndLost_keepsTheLine() throws IOException {
    byte[] sound = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(sound, sound.length - 1));
    HashChain<Note> chain = open();
    assertEquals(LINES, chain.entries().size());
    assertTrue(chain.repaired().isEmpty());
    assertEquals(new String(sound, StandardCharsets.UTF_8), Files.readString(file));
    chain.append(new Note("after", 1));
    assertEquals(LINES + 1, open().entries().size());
  }

  @Test
  void open_zerosAfterPowerLoss_areTorn() throws IOException {
    byte[] sound = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(sound, sound.length + 300));
    assertEquals(LINES, open().entries().size());
    assertEquals(sound.length, Files.size(file));
  }

  @Test
  void append_whileAnotherWroteOrTore_takesItInFirst() throws IOException {
    HashChain<Note> one = open();
    HashChain<Note> other = open();
    other.append(new Note("other", 1));
    Files.writeString(file, "{\"digest\":\"sha", java.nio.file.StandardOpenOption.APPEND);
    assertEquals(LINES + 2, one.append(new Note("one", 2)).number());
    other.refresh();
    assertEquals(one.head(), other.head());
    assertEquals(LINES + 2, open().entries().size());
  }

  @Test
  void append_fileShortenedMeanwhile_isRefused() throws IOException {
    HashChain<Note> chain = open();
    write(lines().subList(0, 2));
    LedgerException e = assertThrows(LedgerException.class, () -> chain.append(new Note("x", 0)));
    assertTrue(e.getMessage().contains("lost"), e.getMessage());
    assertEquals(2, lines().size());
  }

  @Test
  void append_readOnly_isRefused() throws IOException {
    HashChain<Note> chain = HashChain.read(file, Note.class, HashChain.Rules.none());
    assertThrows(IllegalStateException.class, () -> chain.append(new Note("x", 0)));
    Path missing = folder.resolve("missing.jsonl");
    assertThrows(
        LedgerException.class, () -> HashChain.read(missing, Note.class, HashChain.Rules.none()));
    assertFalse(Files.exists(missing));
  }

  @Test
  void append_refusedByTheRules_leavesTheFileAsItWas() throws IOException {
    byte[] before = Files.readAllBytes(file);
    HashChain<Note> chain =
        HashChain.open(
            file,
            Note.class,
            new HashChain.Rules<Note>() {
              @Override
              public void check(Note body, boolean fresh) {
                if (fresh) {
                  throw new IllegalArgumentException("no more");
                }
              }

              @Override
              public void accept(Note body) {}
            });
    assertThrows(IllegalArgumentException.class, () -> chain.append(new Note("x", 0)));
    assertEquals(new String(before, StandardCharsets.UTF_8), Files.readString(file));
    assertEquals(LINES, chain.entries().size());
  }
}
