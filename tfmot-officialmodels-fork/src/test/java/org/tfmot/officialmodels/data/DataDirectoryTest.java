package org.tfmot.officialmodels.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DataDirectoryTest {

  @TempDir Path home;

  @Test
  void standard_variableSet_winsEverywhere() {
    Map<String, String> environment =
        Map.of("TFMOT_DATA_DIR", home.resolve("data").toString(), "XDG_CACHE_HOME", "/elsewhere");
    assertEquals(
        home.resolve("data"), DataDirectory.standard(environment, "Linux", "/home/me").root());
  }

  @ParameterizedTest
  @CsvSource({
    "Linux, .cache/tfmot",
    "FreeBSD, .cache/tfmot",
    "Mac OS X, Library/Caches/tfmot",
    "Windows 11, AppData/Local/tfmot"
  })
  void standard_noVariable_isTheCacheFolderOfTheSystem(String system, String expected) {
    Map<String, String> environment = Map.of("TFMOT_DATA_DIR", "");
    assertEquals(
        home.resolve(expected),
        DataDirectory.standard(environment, system, home.toString()).root());
  }

  @ParameterizedTest
  @CsvSource({"Linux, XDG_CACHE_HOME", "Windows 10, LOCALAPPDATA"})
  void standard_cacheFolderMoved_follows(String system, String variable) {
    Path moved = home.resolve("moved");
    Map<String, String> environment = Map.of(variable, moved.toString());
    assertEquals(
        moved.resolve("tfmot"),
        DataDirectory.standard(environment, system, home.toString()).root());
  }

  @Test
  void standard_relativeXdgFolder_isIgnoredAsItsSpecificationSays() {
    Map<String, String> environment = Map.of("XDG_CACHE_HOME", "relative");
    assertEquals(
        home.resolve(".cache/tfmot"),
        DataDirectory.standard(environment, "Linux", home.toString()).root());
  }

  @Test
  void root_givenRelative_isAbsolute() {
    assertTrue(new DataDirectory(Path.of("a/../b")).root().isAbsolute());
  }
}
