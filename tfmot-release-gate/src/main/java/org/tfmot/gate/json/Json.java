package org.tfmot.gate.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.TreeSet;
import org.apiguardian.api.API;

/**
 * Reading and writing of JSON: records; unknown, missing and repeated keys refused; no silent
 * conversion (text is no number, 1.5 is no integer).
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class Json {

  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
          .annotationIntrospector(new RequiredComponents())
          .build();

  private Json() {}

  /** The one mapper. Configured once; do not change it. */
  public static ObjectMapper mapper() {
    return MAPPER;
  }

  /**
   * The canonical form of a value (RFC 8785): keys sorted, no spaces, shortest doubles; the same
   * text for the same value on every JDK.
   *
   * @throws IllegalArgumentException if the value cannot be written as JSON
   */
  public static String canonical(Object value) {
    return CanonicalJson.write(MAPPER.<JsonNode>valueToTree(value));
  }

  /**
   * Reads a file.
   *
   * @throws InvalidJsonException if it is no JSON, or not of this type: with file, JSON pointer and
   *     problem
   * @throws IOException if it cannot be read
   */
  public static <T> T read(Path file, Class<T> type) throws IOException {
    return parse(file.toString(), Files.readAllBytes(file), type);
  }

  /**
   * Reads UTF-8 bytes.
   *
   * @param document the name of the document in errors
   * @throws InvalidJsonException as in {@link #read}
   */
  public static <T> T parse(String document, byte[] bytes, Class<T> type) {
    try (JsonParser parser = MAPPER.createParser(bytes)) {
      T value = MAPPER.readValue(parser, type);
      if (value == null) {
        throw new InvalidJsonException(document, "", "is null, a value is needed");
      }
      return value;
    } catch (JsonProcessingException e) {
      throw new InvalidJsonException(document, pointer(e), problem(e), e);
    } catch (IOException e) {
      throw new InvalidJsonException(document, "", "is not UTF-8 text: " + e.getMessage(), e);
    }
  }

  /**
   * Writes a value, indented, in one step: a reader sees the old file or the new one. Missing
   * folders are made.
   */
  public static void write(Path file, Object value) throws IOException {
    DefaultPrettyPrinter printer =
        new DefaultPrettyPrinter()
            .withObjectIndenter(new DefaultIndenter("  ", "\n"))
            .withArrayIndenter(new DefaultIndenter("  ", "\n"));
    String text = MAPPER.writer(printer).writeValueAsString(value) + "\n";
    replace(file, text.getBytes(StandardCharsets.UTF_8));
  }

  /** Replaces a file's bytes in one step, flushed to the device before the new name is given. */
  public static void replace(Path file, byte[] bytes) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null) {
      throw new IOException(file + " is no file");
    }
    Files.createDirectories(folder);
    Path fresh = Files.createTempFile(folder, "." + file.getFileName(), ".new");
    try {
      try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
          channel.write(buffer);
        }
        channel.force(true);
      }
      try {
        Files.move(
            fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } catch (AtomicMoveNotSupportedException e) {
        Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING);
      }
    } finally {
      Files.deleteIfExists(fresh);
    }
  }

  private static String pointer(JsonProcessingException e) {
    StringBuilder pointer = new StringBuilder();
    if (e instanceof JsonMappingException mapping) {
      for (JsonMappingException.Reference step : mapping.getPath()) {
        String name = step.getFieldName();
        pointer
            .append('/')
            .append(name == null ? step.getIndex() : name.replace("~", "~0").replace("/", "~1"));
      }
    }
    return pointer.toString();
  }

  private static String problem(JsonProcessingException e) {
    if (e instanceof UnrecognizedPropertyException unknown) {
      TreeSet<String> known = new TreeSet<>();
      if (unknown.getKnownPropertyIds() != null) {
        unknown.getKnownPropertyIds().forEach(id -> known.add(id.toString()));
      }
      return "unknown key \"%s\"; known here: %s"
          .formatted(unknown.getPropertyName(), String.join(", ", known));
    }
    Throwable cause = e.getCause();
    if (e instanceof ValueInstantiationException && cause != null && cause.getMessage() != null) {
      return cause.getMessage();
    }
    String message = e.getOriginalMessage();
    return e.getLocation() == null
        ? message
        : "%s (line %d, column %d)"
            .formatted(message, e.getLocation().getLineNr(), e.getLocation().getColumnNr());
  }
}
