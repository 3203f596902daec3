package org.tfmot.gate.json;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonTest {

  record Inner(String name, int count, @Nullable Double share) {}

  record Outer(List<Inner> parts, Map<String, Double> values) {}

  @TempDir Path folder;

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("a.json"), text);
  }

  private InvalidJsonException refused(String text) throws IOException {
    Path file = file(text);
    InvalidJsonException e =
        assertThrows(InvalidJsonException.class, () -> Json.read(file, Outer.class));
    assertEquals(file.toString(), e.document());
    assertTrue(e.getMessage().startsWith(file.toString()), e.getMessage());
    return e;
  }

  @Test
  void canonical_mapsInAnyOrder_areTheSameText() {
    Map<String, Object> one = new LinkedHashMap<>();
    one.put("b", List.of(2, true, "x"));
    one.put("a", Map.of("z", 1.5));
    Map<String, Object> other = new LinkedHashMap<>();
    other.put("a", Map.of("z", 1.5));
    other.put("b", List.of(2, true, "x"));
    assertEquals("{\"a\":{\"z\":1.5},\"b\":[2,true,\"x\"]}", Json.canonical(one));
    assertEquals(Json.canonical(one), Json.canonical(other));
    assertEquals(Digest.ofJson(one), Digest.ofJson(other));
  }

  /** Values of RFC 8785, appendix B, and of JDK-4511638 (2e-44 in the old Double.toString). */
  @ParameterizedTest
  @CsvSource({
    "0000000000000000, 0",
    "8000000000000000, 0",
    "0000000000000001, 5e-324",
    "8000000000000001, -5e-324",
    "7fefffffffffffff, 1.7976931348623157e+308",
    "4340000000000000, 9007199254740992",
    "4430000000000000, 295147905179352830000",
    "44b52d02c7e14af5, 9.999999999999997e+22",
    "44b52d02c7e14af6, 1e+23",
    "44b52d02c7e14af7, 1.0000000000000001e+23",
    "444b1ae4d6e2ef4e, 999999999999999700000",
    "444b1ae4d6e2ef50, 1e+21",
    "3eb0c6f7a0b5ed8c, 9.999999999999997e-7",
    "3eb0c6f7a0b5ed8d, 0.000001",
    "41b3de4355555553, 333333333.3333332",
    "becbf647612f3696, -0.0000033333333333333333",
    "43143ff3c1cb0959, 1424953923781206.2"
  })
  void canonical_doubles_areWrittenAsTheStandardSays(String bits, String text) {
    double value = Double.longBitsToDouble(Long.parseUnsignedLong(bits, 16));
    assertEquals(text, Json.canonical(value));
  }

  @Test
  void canonical_anyDouble_readsBackAsItself() {
    Random random = new Random(1);
    for (int i = 0; i < 100_000; i++) {
      double value = Double.longBitsToDouble(random.nextLong());
      if (Double.isFinite(value)) {
        assertEquals(value, Double.parseDouble(Json.canonical(value)));
      }
    }
  }

  @Test
  void canonical_text_escapesOnlyWhatItMust() {
    assertEquals("\"\\u0001\\u001f\\n\\\"\\\\/é€😀\"", Json.canonical("\u0001\u001f\n\"\\/é€😀"));
    assertThrows(IllegalArgumentException.class, () -> Json.canonical("\ud800x"));
    assertThrows(IllegalArgumentException.class, () -> Json.canonical("x\udc00"));
  }

  @Test
  void canonical_keys_areSortedByCodeUnits() {
    // RFC 8785, 3.2.3: the emoji's surrogates sort before U+FB33.
    assertEquals(
        "{\"1\":0,\"é\":0,\"€\":0,\"😀\":0,\"\ufb33\":0}",
        Json.canonical(Map.of("\ufb33", 0, "😀", 0, "€", 0, "é", 0, "1", 0)));
  }

  @Test
  void canonical_nonFinite_isTextAndReadsBack() {
    String text = Json.canonical(Map.of("a", Double.NaN, "b", Double.NEGATIVE_INFINITY));
    assertEquals("{\"a\":\"NaN\",\"b\":\"-Infinity\"}", text);
    Outer outer =
        Json.parse(
            "x",
            ("{\"parts\":[],\"values\":" + text + "}").getBytes(StandardCharsets.UTF_8),
            Outer.class);
    assertEquals(Map.of("a", Double.NaN, "b", Double.NEGATIVE_INFINITY), outer.values());
  }

  @Test
  void read_unknownKey_namesFilePointerAndWhatIsKnown() throws IOException {
    InvalidJsonException e =
        refused(
            "{\"parts\":[{\"name\":\"a\",\"count\":1},{\"name\":\"b\",\"count\":1,\"si/ze\":2}],"
                + "\"values\":{}}");
    assertEquals("/parts/1/si~1ze", e.pointer());
    assertTrue(e.getMessage().contains("unknown key \"si/ze\""), e.getMessage());
    assertTrue(e.getMessage().contains("count, name, share"), e.getMessage());
  }

  @Test
  void read_missingKeys_areRefusedUnlessNullable() throws IOException {
    Outer read =
        Json.read(file("{\"parts\":[{\"name\":\"a\",\"count\":1}],\"values\":{}}"), Outer.class);
    assertNull(read.parts().get(0).share());
    assertTrue(refused("{\"parts\":[{\"count\":1}],\"values\":{}}").getMessage().contains("name"));
    assertTrue(
        refused("{\"parts\":[{\"name\":\"a\"}],\"values\":{}}").getMessage().contains("count"));
    assertTrue(refused("{\"values\":{}}").getMessage().contains("parts"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"parts\":[{\"name\":\"a\",\"count\":1.5}],\"values\":{}} | /parts/0/count",
        "{\"parts\":[{\"name\":\"a\",\"count\":\"1\"}],\"values\":{}} | /parts/0/count",
        "{\"parts\":[{\"name\":\"a\",\"count\":null}],\"values\":{}} | /parts/0/count",
        "{\"parts\":[],\"values\":{\"a\":\"high\"}} | /values/a",
        "{\"parts\":7,\"values\":{}} | /parts",
      })
  void read_wrongType_namesThePointer(String text, String pointer) throws IOException {
    assertEquals(pointer, refused(text).pointer());
  }

  @Test
  void read_brokenOrRepeatedOrTrailing_isRefused() throws IOException {
    assertTrue(refused("{\"parts\":[").getMessage().contains("line 1"));
    assertTrue(
        refused("{\"parts\":[],\"parts\":[],\"values\":{}}").getMessage().contains("Duplicate"));
    refused("{\"parts\":[],\"values\":{}} {}");
    refused("null");
    refused("");
  }

  @Test
  void write_thenRead_isEqual_andLeavesNothingBeside() throws IOException {
    Path file = folder.resolve("new/b.json");
    Outer outer = new Outer(List.of(new Inner("é", 3, 0.1)), Map.of("z", 1e-7, "a", 2.0));
    Json.write(file, outer);
    Json.write(file, outer);
    assertEquals(outer, Json.read(file, Outer.class));
    try (Stream<Path> files = Files.list(file.getParent())) {
      assertEquals(List.of(file), files.toList());
    }
  }

  @Test
  void digest_ofKnownBytes_isSha256() throws IOException {
    String abc = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assertEquals(abc, Digest.of("abc".getBytes(StandardCharsets.UTF_8)).value());
    assertEquals(abc, Digest.of(file("abc")).value());
    assertEquals(abc, Digest.of("xabcx".getBytes(StandardCharsets.UTF_8), 1, 3).toString());
    Digest digest = new Digest(abc);
    assertEquals("ba7816bf", digest.hex().substring(0, 8));
    assertArrayEquals(new byte[] {(byte) 0xba, 0x78}, java.util.Arrays.copyOf(digest.bytes(), 2));
    assertEquals("\"" + abc + "\"", Json.canonical(digest));
    assertNotEquals(Digest.ofJson(1), Digest.ofJson("1"));
  }

  @ParameterizedTest
  @CsvSource({"sha256:abc", "''", "md5:ba7816bf8f01cfea414140de5dae2223"})
  void digest_malformed_isRefused(String text) {
    assertThrows(IllegalArgumentException.class, () -> new Digest(text));
    assertThrows(IllegalArgumentException.class, () -> new Digest("sha256:" + "A".repeat(64)));
  }
}
