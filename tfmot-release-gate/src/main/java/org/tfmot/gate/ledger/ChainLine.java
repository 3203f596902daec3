package org.tfmot.gate.ledger;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.json.Json;

/**
 * One line of a chain file: {@code {"digest":D,"body":B,"previous":P,"seq":N,"time":T}}. D is the
 * digest of the line without its first member, {@code {"body":...}}, so that every byte of the line
 * is held, the last line's too; P is the D of the line before.
 */
final class ChainLine {

  /** Digest that the first line names as the line before it. */
  static final Digest GENESIS = new Digest("sha256:" + "0".repeat(64));

  private static final byte[] OPEN = "{\"digest\":\"".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] CLOSE = "\",".getBytes(StandardCharsets.US_ASCII);
  private static final int DIGEST_END = OPEN.length + GENESIS.value().length();
  private static final int REST = DIGEST_END + CLOSE.length;

  private ChainLine() {}

  /** Defect that {@link #read} found, without the place. */
  static final class DamageException extends Exception {
    private static final long serialVersionUID = 1;

    DamageException(String message) {
      super(message);
    }
  }

  static byte[] write(long number, Instant time, Digest previous, Object body) {
    Map<String, Object> members = new LinkedHashMap<>();
    // As a tree: in a map the type that a sealed body writes of itself would be lost.
    members.put("body", Json.mapper().<JsonNode>valueToTree(body));
    members.put("previous", previous);
    members.put("seq", number);
    members.put("time", time.toString());
    byte[] content = Json.canonical(members).getBytes(StandardCharsets.UTF_8);
    Digest digest = Digest.of(content);
    byte[] head = "{\"digest\":\"%s\",".formatted(digest).getBytes(StandardCharsets.US_ASCII);
    byte[] line = Arrays.copyOf(head, head.length + content.length);
    // The brace of the content has gone into the head; the last byte is the end of the line.
    System.arraycopy(content, 1, line, head.length, content.length - 1);
    line[line.length - 1] = '\n';
    return line;
  }

  /**
   * Reads the line at [start, end), without its line end, which must be line {@code number} after
   * {@code previous}. Uses the bytes, and leaves them as they were.
   */
  static <T> HashChain.Entry<T> read(
      byte[] bytes, int start, int end, long number, Digest previous, ObjectReader bodies)
      throws DamageException {
    if (end - start <= REST
        || !Arrays.equals(bytes, start, start + OPEN.length, OPEN, 0, OPEN.length)
        || !Arrays.equals(bytes, start + DIGEST_END, start + REST, CLOSE, 0, CLOSE.length)) {
      throw new DamageException("does not begin with its digest: the line was changed");
    }
    int content = start + REST - 1;
    // Where the line has the comma before the body, the digested content has its brace.
    bytes[content] = '{';
    try {
      Digest digest = Digest.of(bytes, content, end - content);
      if (!digest.equals(digest(bytes, start))) {
        throw new DamageException("its content does not have its digest: the line was changed");
      }
      try (JsonParser parser = bodies.getFactory().createParser(bytes, content, end - content)) {
        // A digested line has no key twice, or it had it when it was written.
        parser.disable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);
        return content(parser, bodies, number, previous, digest);
      }
    } catch (JsonProcessingException e) {
      throw new DamageException("is no record of this kind of file: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw new DamageException("is no record of this kind of file: " + e.getMessage());
    } finally {
      bytes[content] = ',';
    }
  }

  /** The digest that the line at {@code start} says it has; null if that is no digest. */
  static @Nullable Digest digest(byte[] bytes, int start) {
    String text =
        new String(
            bytes, start + OPEN.length, GENESIS.value().length(), StandardCharsets.ISO_8859_1);
    try {
      return new Digest(text);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private static <T> HashChain.Entry<T> content(
      JsonParser parser, ObjectReader bodies, long number, Digest previous, Digest digest)
      throws IOException, DamageException {
    expect(parser, parser.nextToken() == JsonToken.START_OBJECT, "an object");
    expect(parser, "body".equals(parser.nextFieldName()), "body");
    parser.nextToken();
    T body = bodies.readValue(parser);
    expect(parser, "previous".equals(parser.nextFieldName()), "previous");
    String before = parser.nextTextValue();
    expect(parser, "seq".equals(parser.nextFieldName()), "seq");
    long seq = parser.nextLongValue(-1);
    expect(parser, "time".equals(parser.nextFieldName()), "time");
    String time = parser.nextTextValue();
    expect(parser, parser.nextToken() == JsonToken.END_OBJECT, "the end of the object");
    if (seq > number) {
      throw new DamageException(
          "has the number %d: lines before it were removed, or it was moved".formatted(seq));
    }
    if (seq < number) {
      throw new DamageException("has the number %d: it was duplicated or moved".formatted(seq));
    }
    if (!previous.value().equals(before)) {
      throw new DamageException(
          "follows a line with the digest %s, but the line before it has %s: a line was replaced"
              .formatted(before, previous));
    }
    try {
      return new HashChain.Entry<>(number, Instant.parse(String.valueOf(time)), body, digest);
    } catch (DateTimeException e) {
      throw new DamageException("its time \"%s\" is no time".formatted(time));
    }
  }

  private static void expect(JsonParser parser, boolean found, String what)
      throws DamageException, IOException {
    if (!found) {
      throw new DamageException(
          "has %s where %s is due: it was not written by this chain"
              .formatted(parser.currentToken(), what));
    }
  }

  /**
   * The end of the whole JSON object that begins at {@code start}, or -1 if it is cut off by {@code
   * end}.
   */
  static int objectEnd(byte[] bytes, int start, int end) {
    int depth = 0;
    boolean quoted = false;
    for (int i = start; i < end; i++) {
      byte b = bytes[i];
      if (quoted) {
        if (b == '\\') {
          i++;
        } else if (b == '"') {
          quoted = false;
        }
      } else if (b == '"') {
        quoted = true;
      } else if (b == '{') {
        depth++;
      } else if (b == '}' && --depth == 0) {
        return i + 1;
      }
    }
    return -1;
  }
}
