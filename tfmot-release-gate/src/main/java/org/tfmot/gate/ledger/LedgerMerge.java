package org.tfmot.gate.ledger;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apiguardian.api.API;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.json.Json;
import org.tfmot.gate.ledger.LedgerRecord.KeyDeclared;
import org.tfmot.gate.ledger.LedgerRecord.Merged;
import org.tfmot.gate.ledger.LedgerRecord.RunFinished;
import org.tfmot.gate.ledger.LedgerRecord.RunStarted;

/**
 * Makes one ledger of the ledgers of shards. The result is a new chain, with the times of the old
 * lines, that names the heads of its parents. The order of the parents does not matter, and a
 * parent that is in the result already adds nothing.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class LedgerMerge {

  private record Parent(Path file, Ledger ledger) {
    List<Line> lines() {
      return ledger.entries().stream().map(entry -> new Line(entry, this)).toList();
    }
  }

  private record Line(HashChain.Entry<LedgerRecord> entry, Parent parent) {}

  private record RunId(Digest key, int index) {}

  private LedgerMerge() {}

  /**
   * Merges shards into a file; if the file exists, it is one of the parents.
   *
   * @return the head of the merged ledger
   * @throws LedgerException if a parent is damaged, or two of them have different results for the
   *     same run: then nothing is written
   */
  public static HashChain.Head merge(Collection<Path> shards, Path target) throws IOException {
    Path file = target.toAbsolutePath().normalize();
    Path folder = file.getParent();
    if (folder != null) {
      Files.createDirectories(folder);
    }
    // Held from the first read to the replacement: no append to the target may be lost.
    try (ChainLock lock = ChainLock.of(file)) {
      List<Path> files = new ArrayList<>(shards);
      if (Files.exists(file)) {
        files.add(file);
      }
      Json.replace(file, merged(files));
      return Ledger.read(file).head();
    }
  }

  private static byte[] merged(List<Path> files) throws IOException {
    if (files.isEmpty()) {
      throw new IllegalArgumentException("no ledger to merge");
    }
    Map<HashChain.Head, Parent> parents =
        new TreeMap<>(
            Comparator.comparing(HashChain.Head::digest).thenComparing(HashChain.Head::lines));
    for (Path file : files) {
      Ledger ledger = Ledger.read(file);
      parents.putIfAbsent(ledger.head(), new Parent(file, ledger));
    }
    List<Parent> needed = needed(List.copyOf(parents.values()));
    return needed.size() == 1
        ? Files.readAllBytes(needed.get(0).file())
        : HashChain.bytes(union(needed));
  }

  /** Leaves out every parent that says nothing that another one does not say. */
  private static List<Parent> needed(List<Parent> parents) {
    List<Parent> needed = new ArrayList<>(parents);
    for (int i = needed.size() - 1; i >= 0; i--) {
      Parent parent = needed.remove(i);
      if (needed.stream().noneMatch(other -> holds(other, parent))) {
        needed.add(i, parent);
      }
    }
    return needed;
  }

  private static boolean holds(Parent other, Parent parent) {
    if (other.ledger().contains(parent.ledger().head())) {
      return true;
    }
    Set<Object> known = new HashSet<>();
    other.lines().forEach(line -> known.add(identity(line.entry())));
    return withoutResults(parent, other.lines()).stream()
        .allMatch(line -> known.contains(identity(line.entry())));
  }

  /** A key is declared once; anything else is the same line if it was written at the same time. */
  private static Object identity(HashChain.Entry<LedgerRecord> entry) {
    return entry.body() instanceof KeyDeclared key ? key : List.of(entry.time(), entry.body());
  }

  private static List<HashChain.Entry<LedgerRecord>> union(List<Parent> parents) {
    List<Line> lines = new ArrayList<>();
    for (Parent parent : parents) {
      lines.addAll(withoutResults(parent, lines));
    }
    lines.sort(
        Comparator.comparing((Line line) -> line.entry().time())
            .thenComparing(line -> line.entry().number())
            .thenComparing(line -> line.entry().digest()));
    List<HashChain.Entry<LedgerRecord>> merged = new ArrayList<>();
    List<HashChain.Head> heads = parents.stream().map(parent -> parent.ledger().head()).toList();
    Instant first = lines.isEmpty() ? Instant.EPOCH : lines.get(0).entry().time();
    merged.add(entry(first, new Merged(heads)));
    Set<Object> seen = new HashSet<>();
    History history = new History();
    for (Line line : lines) {
      if (seen.add(identity(line.entry()))) {
        LedgerRecord body = line.entry().body();
        admit(history, body, line);
        merged.add(entry(line.entry().time(), body));
      }
    }
    return merged;
  }

  /**
   * A parent's lines, without each result, and its start, that is known from the same run written
   * at another time: the run was made twice.
   */
  private static Collection<Line> withoutResults(Parent parent, List<Line> others) {
    Map<RunId, Line> results = new HashMap<>();
    for (Line line : others) {
      if (line.entry().body() instanceof RunFinished end && end.status() != RunStatus.VOID) {
        results.put(new RunId(end.key(), end.index()), line);
      }
    }
    Map<Long, Line> kept = new LinkedHashMap<>();
    Map<RunId, Long> starts = new HashMap<>();
    for (Line line : parent.lines()) {
      HashChain.Entry<LedgerRecord> entry = line.entry();
      kept.put(entry.number(), line);
      if (entry.body() instanceof RunStarted start) {
        starts.put(new RunId(start.key(), start.index()), entry.number());
      } else if (entry.body() instanceof RunFinished end && end.status() != RunStatus.VOID) {
        RunId run = new RunId(end.key(), end.index());
        Line known = results.get(run);
        if (known != null) {
          refuseConflict(known, line, end);
          if (!known.entry().time().equals(entry.time())) {
            kept.remove(entry.number());
            kept.remove(starts.get(run));
          }
        }
      }
    }
    return kept.values();
  }

  private static void admit(History history, LedgerRecord body, Line line) {
    try {
      history.check(body, false);
      history.accept(body);
    } catch (IllegalArgumentException e) {
      throw new LedgerException(
          line.parent().file(),
          "line %d does not fit the other ledgers: %s"
              .formatted(line.entry().number(), e.getMessage()));
    }
  }

  private static void refuseConflict(Line known, Line line, RunFinished end) {
    if (known.entry().body() instanceof RunFinished other && !other.sameOutcome(end)) {
      throw new LedgerException(
          line.parent().file(),
          ("line %d: run %d of %s is %s %s here and %s %s in %s, line %d: two histories of one run"
                  + " cannot both be true")
              .formatted(
                  line.entry().number(),
                  end.index(),
                  end.key(),
                  end.status(),
                  end.metrics(),
                  other.status(),
                  other.metrics(),
                  known.parent().file(),
                  known.entry().number()));
    }
  }

  private static HashChain.Entry<LedgerRecord> entry(Instant time, LedgerRecord body) {
    return new HashChain.Entry<>(0, time, body, ChainLine.GENESIS);
  }
}
