package org.tfmot.gate.process;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.json.Digest;

/**
 * Reads the front matter token by token: only this way every error has its line. What it reads is a
 * small part of YAML: one mapping of text and lists of text.
 */
final class RfcParser {

  private static final Set<String> KEYS =
      new LinkedHashSet<>(
          List.of("technique", "title", "author", "owners", "status", "descriptor"));
  private static final Pattern FRONT_MATTER =
      Pattern.compile(
          "\\A\\uFEFF?---[ \\t]*\\R(.*?)^---[ \\t]*$", Pattern.DOTALL | Pattern.MULTILINE);
  private static final YAMLFactory YAML = new YAMLFactory();

  /** The values of a key and where it stands. */
  private record Entry(int line, boolean list, List<String> values) {}

  private final String file;
  private final Map<String, Entry> entries = new LinkedHashMap<>();

  private RfcParser(String file) {
    this.file = file;
  }

  static Rfc read(Path path) throws IOException {
    byte[] bytes = Files.readAllBytes(path);
    RfcParser parser = new RfcParser(path.toString());
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw parser.error(1, "", "is not UTF-8 text");
    }
    Matcher matcher = FRONT_MATTER.matcher(text);
    if (!matcher.find()) {
      throw parser.error(
          1, "", "has no front matter: the file begins with a line --- and its keys end with one");
    }
    parser.parse(matcher.group(1));
    return parser.rfc(text.substring(matcher.end()).strip(), Digest.of(bytes));
  }

  private void parse(String yaml) throws IOException {
    try (YAMLParser parser = YAML.createParser(yaml)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw error(2, "", "the front matter must be lines of the form key: value");
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        entry(parser);
      }
    } catch (JsonProcessingException e) {
      int line = e.getLocation() == null ? 1 : e.getLocation().getLineNr();
      String problem = e.getOriginalMessage();
      throw error(line + 1, "", "is no YAML: " + problem.lines().findFirst().orElse(""));
    }
  }

  private void entry(YAMLParser parser) throws IOException {
    String key = parser.currentName();
    int line = parser.currentTokenLocation().getLineNr() + 1;
    if (!KEYS.contains(key)) {
      throw error(line, key, "unknown key; known: " + String.join(", ", KEYS));
    }
    if (entries.containsKey(key)) {
      throw error(line, key, "is given twice");
    }
    List<String> values = new ArrayList<>();
    boolean list = parser.nextToken() == JsonToken.START_ARRAY;
    if (list) {
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        values.add(text(parser, key));
      }
    } else {
      values.add(text(parser, key));
    }
    entries.put(key, new Entry(line, list, values));
  }

  private String text(YAMLParser parser, String key) throws IOException {
    int line = parser.currentTokenLocation().getLineNr() + 1;
    JsonToken token = parser.currentToken();
    if (token == null || !token.isScalarValue() || parser.isCurrentAlias()) {
      throw error(line, key, "text is needed, not a mapping, list or alias");
    }
    if (token != JsonToken.VALUE_STRING) {
      throw error(line, key, "is read as %s, not as text: quote it".formatted(parser.getText()));
    }
    String value = parser.getText().strip();
    if (value.isEmpty()) {
      throw error(line, key, "is empty");
    }
    return value;
  }

  private Rfc rfc(String body, Digest digest) {
    String technique = one("technique");
    if (!technique.matches("[a-z0-9][a-z0-9-]*")) {
      throw at("technique", "\"%s\": use lower-case letters, digits and -".formatted(technique));
    }
    String author = one("author");
    Entry owners = entryOf("owners");
    if (!owners.list()) {
      throw at("owners", "a list is needed, such as [ada, grace]");
    }
    Set<String> distinct = new LinkedHashSet<>(owners.values());
    if (distinct.size() != owners.values().size()) {
      throw at("owners", "%s names someone twice".formatted(owners.values()));
    }
    if (distinct.size() < 2) {
      throw at("owners", "%s: at least two are needed".formatted(owners.values()));
    }
    RfcStatus status = status(one("status"));
    return new Rfc(
        technique, one("title"), author, owners.values(), status, one("descriptor"), body, digest);
  }

  private RfcStatus status(String text) {
    for (RfcStatus status : RfcStatus.values()) {
      if (status.name().equals(text)) {
        return status;
      }
    }
    throw at(
        "status",
        "\"%s\": one of %s is needed".formatted(text, Arrays.toString(RfcStatus.values())));
  }

  private String one(String key) {
    Entry entry = entryOf(key);
    if (entry.list()) {
      throw at(key, "one text is needed, not a list");
    }
    return entry.values().get(0);
  }

  private Entry entryOf(String key) {
    Entry entry = entries.get(key);
    if (entry == null) {
      throw error(1, key, "is missing");
    }
    return entry;
  }

  private InvalidRfcException at(String key, String problem) {
    @Nullable Entry entry = entries.get(key);
    return error(entry == null ? 1 : entry.line(), key, problem);
  }

  private InvalidRfcException error(int line, String key, String problem) {
    return new InvalidRfcException(file, line, key, problem);
  }
}
