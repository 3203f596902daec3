package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** The page of operators says what conversions give. */
@EnabledOnOs(OS.LINUX)
class OperatorTableTest {

  private static final Path PAGE = Path.of("..", "docs", "operators.md");
  private static final int SLICE = 12;

  @Test
  void everyTwelfthRow_isWhatTheConversionGives() throws IOException {
    List<OperationCase> cases = OperatorTable.cases().toList();
    List<String> page = rows();
    assertEquals(cases.size(), page.size());
    for (int i = 0; i < cases.size(); i += SLICE) {
      assertEquals(OperatorTable.row(cases.get(i)), page.get(i));
    }
  }

  @Test
  @Tag("long")
  void page_isWhatTheConversionsGive() throws IOException {
    assertEquals(OperatorTable.cases().map(OperatorTable::row).toList(), rows());
  }

  private static List<String> rows() throws IOException {
    try (Stream<String> lines = Files.lines(PAGE)) {
      List<String> rows = lines.filter(line -> line.startsWith("| ")).skip(1).toList();
      assertTrue(rows.size() > 50, rows.toString());
      return rows;
    }
  }
}
