package org.tfmot.gate.process;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apiguardian.api.API;
import org.tfmot.gate.json.Digest;

/**
 * A proposal of a technique: a Markdown file with YAML front matter.
 *
 * <pre>
 * ---
 * technique: pruning
 * title: Magnitude pruning
 * author: ada
 * owners: [ada, grace]
 * status: REVIEW
 * descriptor: src/main/resources/META-INF/gate/pruning.json
 * ---
 * </pre>
 *
 * @param technique the name in the descriptor
 * @param title as it is shown
 * @param author who may not approve it; a name of the trusted keys
 * @param owners who will answer for it, at least two
 * @param status what the author and the sponsors say of it
 * @param descriptor path of the descriptor that states its claims, from the RFC's folder
 * @param body the Markdown after the front matter
 * @param digest of the whole file
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record Rfc(
    String technique,
    String title,
    String author,
    List<String> owners,
    RfcStatus status,
    String descriptor,
    String body,
    Digest digest) {

  /** Copies the list. */
  public Rfc {
    owners = List.copyOf(owners);
  }

  /**
   * Reads an RFC.
   *
   * @throws InvalidRfcException at the first thing that is wrong, with file, line and key
   */
  public static Rfc read(Path file) throws IOException {
    return RfcParser.read(file);
  }
}
