package org.tfmot.gate.dependency;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoadedClassesTest {

  private static final String FIRST = "[class,load] java.lang.Object source: shared objects file\n";

  @TempDir Path folder;

  @Test
  void classesAndTheirSources_areRead() throws Exception {
    LoadedClasses read =
        read(
            FIRST
                + "[class,load] a.B source: file:/x/b.jar\n"
                + "[class,load] a.B source: __JVM_DefineClass__\n"
                + "[class,load] a.B$$Lambda$1/0x00007f89ec000a08 source: a.B\n");
    assertNull(read.defect());
    assertEquals(Set.of("file:/x/b.jar", "__JVM_DefineClass__"), read.sources().get("a.B"));
    assertEquals(Set.of("a.B", "java.lang.Object"), read.sources().keySet());
  }

  @Test
  void classesThatWereNotFound_areRead() throws Exception {
    LoadedClasses read =
        read(
            FIRST
                + "[exceptions] Exception <a 'java/lang/ClassNotFoundException'{0x0000ab}:"
                + " foo.Bar>\n"
                + " thrown in interpreter method <{method} {0x1} 'loadClass'>\n"
                + "[exceptions] Exception <a 'java/lang/NoClassDefFoundError'{0x0000ab}: foo/Two>"
                + " (0x0000ab) \n"
                + "[exceptions] Exception <a 'java/lang/NoClassDefFoundError'{0x0000ab}: Could not"
                + " initialize class foo.Three> (0x0000ab) \n");
    assertEquals(Set.of("foo.Bar", "foo.Two"), read.missing());
  }

  @Test
  void logThatIsNotThere_notWhole_orRotated_isADefect() throws Exception {
    assertTrue(LoadedClasses.read(folder.resolve("none")).defect().contains("did not log"));
    assertTrue(read("").defect().contains("not whole"));
    assertTrue(read("[class,load] a.B source: file:/x\n").defect().contains("not whole"));
    assertTrue(read(FIRST + "[class,load] a.B sour").defect().contains("not whole"));
    Files.writeString(folder.resolve("classes.log.0"), FIRST);
    assertTrue(read(FIRST).defect().contains("longer than 256 MB"));
  }

  @Test
  void anotherProcess_isADefect() throws Exception {
    LoadedClasses read =
        read(FIRST + "[class,load] java.lang.ProcessImpl source: jrt:/java.base\n");
    assertTrue(read.defect().contains("another process"));
  }

  private LoadedClasses read(String text) throws Exception {
    Path log = folder.resolve("classes.log");
    Files.writeString(log, text);
    return LoadedClasses.read(log);
  }
}
