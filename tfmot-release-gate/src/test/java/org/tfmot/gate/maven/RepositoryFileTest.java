package org.tfmot.gate.maven;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RepositoryFileTest {

  @ParameterizedTest
  @CsvSource({
    "org.tfmot, tfmot-api, 0.1.0, '', jar, org/tfmot/tfmot-api/0.1.0/tfmot-api-0.1.0.jar",
    "a, b, 1-rc.2, gate, intoto.jsonl, a/b/1-rc.2/b-1-rc.2-gate.intoto.jsonl",
    "a.b.c, d, 1.0-SNAPSHOT, gate-ledger, jsonl,"
        + " a/b/c/d/1.0-SNAPSHOT/d-1.0-SNAPSHOT-gate-ledger.jsonl"
  })
  void name_isItsPlaceInARepository_andIsReadBack(
      String group, String artifact, String version, String classifier, String type, String name) {
    RepositoryFile file = new RepositoryFile(group, artifact, version, classifier, type);

    assertEquals(name, file.name());
    assertEquals(file, RepositoryFile.parse(name));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "a.jar", "a/b/1/c-1.jar", "b/1/b-1.jar", "a/b/1/b-2.jar", "a/b/1/b-1-x"})
  void parse_whatIsNoPlaceInARepository_isRefused(String name) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> RepositoryFile.parse(name)).getMessage();

    assertTrue(message.contains("\"" + name + "\""), message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a:b", "a:b:1:jar", "a/b:c:1"})
  void pom_ofWhatIsNoCoordinates_isRefused(String text) {
    assertThrows(IllegalArgumentException.class, () -> RepositoryFile.pom(text));
  }

  @Test
  void pom_andWhatIsBesideIt() {
    RepositoryFile pom = RepositoryFile.pom("g.h:a:1");

    assertEquals("g/h/a/1/a-1.pom", pom.name());
    assertEquals("g/h/a/1/a-1-gate.intoto.jsonl", pom.beside("gate", "intoto.jsonl").name());
    assertEquals("g.h:a:1", pom.coordinates());
  }
}
