package org.tfmot.gate.dependency;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apiguardian.api.API;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.json.Json;

/**
 * Dependencies of a ledger's runs, one a line of a file beside it. The ledger names a line by its
 * digest, and so signs it; a line that was changed is not found any more, and the evidence that
 * depends on it does not count.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public final class DependencyStore {

  private static final String LEDGER = ".jsonl";
  private static final String SUFFIX = ".dependencies.jsonl";

  private final Path file;
  private final Map<Digest, byte[]> lines = new HashMap<>();
  private final Map<Digest, Dependencies> read = new HashMap<>();

  private DependencyStore(Path file) {
    this.file = file;
  }

  /** Returns the file that belongs to a ledger. */
  public static Path file(Path ledger) {
    String name = String.valueOf(ledger.getFileName());
    String stem = name.endsWith(LEDGER) ? name.substring(0, name.length() - LEDGER.length()) : name;
    return ledger.resolveSibling(stem + SUFFIX);
  }

  /**
   * Reads a file.
   *
   * @param file which need not exist
   */
  public static DependencyStore read(Path file) throws IOException {
    DependencyStore store = new DependencyStore(file);
    if (Files.exists(file)) {
      store.take(Files.readAllBytes(file));
    }
    return store;
  }

  private void take(byte[] bytes) {
    int start = 0;
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == '\n') {
        byte[] line = Arrays.copyOfRange(bytes, start, i);
        lines.putIfAbsent(Digest.of(line), line);
        start = i + 1;
      }
    }
  }

  /** Returns the dependencies with a digest; empty if they are not there. */
  public Optional<Dependencies> find(Digest digest) {
    byte[] line = lines.get(digest);
    if (line == null) {
      return Optional.empty();
    }
    return Optional.of(
        read.computeIfAbsent(digest, d -> Json.parse(file.toString(), line, Dependencies.class)));
  }

  /** Adds dependencies, which are on disk when this returns, and returns their digest. */
  public Digest put(Dependencies dependencies) throws IOException {
    byte[] line = Json.canonical(dependencies).getBytes(StandardCharsets.UTF_8);
    Digest digest = Digest.of(line);
    if (lines.putIfAbsent(digest, line) == null) {
      append(line);
    }
    return digest;
  }

  /** Adds all that another file has. */
  public void putAll(DependencyStore other) throws IOException {
    for (Map.Entry<Digest, byte[]> line : new TreeMap<>(other.lines).entrySet()) {
      if (lines.putIfAbsent(line.getKey(), line.getValue()) == null) {
        append(line.getValue());
      }
    }
  }

  private void append(byte[] line) throws IOException {
    Files.createDirectories(file.toAbsolutePath().resolveSibling(""));
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      long end = out.length();
      if (end > 0) {
        out.seek(end - 1);
        if (out.read() != '\n') {
          out.write('\n'); // What a kill cut off stays a line that nobody names.
        }
      }
      out.seek(out.length());
      out.write(line);
      out.write('\n');
      out.getFD().sync();
    }
  }
}
