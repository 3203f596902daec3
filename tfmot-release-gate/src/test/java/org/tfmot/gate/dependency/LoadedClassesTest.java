package org.tfmot.gate.dependency;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
    assertTrue(
        LoadedClasses.read(List.of(), "java.lang.Object", true).defect().contains("did not log"));
    assertTrue(read("").defect().contains("not whole"));
    assertTrue(read("[class,load] a.B source: file:/x\n").defect().contains("not whole"));
    assertTrue(read(FIRST + "[class,load] a.B sour").defect().contains("not whole"));
    Path rest = Files.writeString(folder.resolve("classes-1.log.0"), FIRST);
    assertTrue(
        LoadedClasses.read(List.of(rest), "java.lang.Object", true)
            .defect()
            .contains("longer than 256 MB"));
  }

  @Test
  void jvmsThatItStarted_countToo() throws Exception {
    Path own = Files.writeString(folder.resolve("classes-1.log"), FIRST + load("a.Main", "x"));
    Path child = Files.writeString(folder.resolve("classes-2.log"), FIRST + load("a.Child", "y"));
    LoadedClasses both = LoadedClasses.read(List.of(own, child), "a.Main", true);
    assertNull(both.defect());
    assertEquals(Set.of("a.Main", "a.Child", "java.lang.Object"), both.sources().keySet());
    assertTrue(
        LoadedClasses.read(List.of(child), "a.Main", true).defect().contains("did not log"),
        "the log of its own JVM is gone");
    Files.writeString(child, FIRST + "[class,lo");
    assertTrue(
        LoadedClasses.read(List.of(own, child), "a.Main", true).defect().contains("not whole"));
  }

  @Test
  void anotherProcess_isADefect_whereItsClassesAreNotLogged() throws Exception {
    Path log =
        Files.writeString(
            folder.resolve("classes-1.log"),
            FIRST + load("java.lang.ProcessImpl", "jrt:/java.base"));
    assertNull(LoadedClasses.read(List.of(log), "java.lang.Object", true).defect());
    assertTrue(
        LoadedClasses.read(List.of(log), "java.lang.Object", false)
            .defect()
            .contains("another process"));
  }

  private static String load(String name, String source) {
    return "[class,load] %s source: %s\n".formatted(name, source);
  }

  private LoadedClasses read(String text) throws Exception {
    Path log = Files.writeString(folder.resolve("classes-1.log"), text);
    return LoadedClasses.read(List.of(log), "java.lang.Object", true);
  }
}
