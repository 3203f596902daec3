package org.tfmot.gate.dependency;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tfmot.gate.json.Digest;

class ClassDigestTest {

  private static final String SOURCE =
      """
      public class Sum {
        @Deprecated int start = 1;
        int of(int first, int second) {
          int sum = start + first + second;
          return sum;
        }
      }
      """;

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "public class/\n\n/** A comment. */ public class",
        "int sum =/int total =",
        "return sum/// So.\n return sum"
      })
  void whatADebuggerReads_doesNotCount(String change) throws Exception {
    String[] parts = change.split("/", 2);
    String other =
        SOURCE
            .replace(parts[0], parts[1])
            .replace("return sum", parts[1].contains("total") ? "return total" : "return sum");
    assertNotEquals(SOURCE, other);
    assertEquals(digest(SOURCE), digest(other));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "start = 1/start = 2",
        "start + first/start - first",
        "int first, int second/int first, int other",
        "@Deprecated int/int",
        "int start/public int start",
        "int of(/int off(",
        "return sum;/return sum + 0;"
      })
  void whatAProgramCanSee_counts(String change) throws Exception {
    String[] parts = change.split("/", 2);
    String other =
        SOURCE
            .replace(parts[0], parts[1])
            .replace(parts[1].contains("other") ? "+ second" : "~", "+ other");
    assertNotEquals(digest(SOURCE), digest(other));
  }

  @Test
  void otherBytes_areDigestedAsTheyAre() {
    byte[] bytes = {1, 2, 3};
    assertEquals(Digest.of(bytes), ClassDigest.of(bytes));
  }

  private Digest digest(String source) throws IOException {
    return ClassDigest.of(
        SampleJar.compile(
                Files.createTempDirectory(folder, "c"), List.of(), Map.of("Sum.java", source))
            .get("Sum.class"));
  }
}
