package org.tfmot.gate.process;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.process.BumpTrial.Outcome;
import org.tfmot.gate.process.BumpTrial.Result;

class MinimumVersionBumpTest {

  private static final String LIB = "org.tfmot:tfmot-techniques";
  private static final String POM =
      """
      <?xml version="1.0" encoding="UTF-8"?>
      <!-- <version>9.9.9</version> of nothing -->
      <project  xmlns="http://maven.apache.org/POM/4.0.0"
          note='a > b'>
        <groupId>org.example</groupId>
      \t<properties><a/><other.version>0.1.0</other.version></properties>
        <dependencies>
          <dependency>
            <groupId>org.tfmot</groupId>
            <artifactId>tfmot-api</artifactId>
            <version>0.1.0</version>
          </dependency>
          <dependency>
            <groupId>org.tfmot</groupId> <artifactId>tfmot-techniques</artifactId>
            <!-- at least this -->
            <version> VERSION\t</version>
            <exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>
          </dependency>
        </dependencies>
        <build><plugins><plugin><dependencies><dependency>
          <groupId>org.tfmot</groupId><artifactId>tfmot-techniques</artifactId>
          <version>0.0.1</version></dependency></dependencies></plugin></plugins></build>
      </project>
      """;

  @TempDir Path folder;

  /** Answers as it is told, and remembers what it was asked. */
  private static final class Told implements BumpTrial {
    final List<String> offered = new ArrayList<>(List.of("0.1.0", "0.2.0", "0.3.0"));
    final Map<String, Result> results = new HashMap<>();
    final List<String> asked = new ArrayList<>();

    @Override
    public List<String> available(String coordinates) {
      assertEquals(LIB, coordinates);
      return offered;
    }

    @Override
    public Outcome run(String coordinates, String version) {
      asked.add(version);
      return new Outcome(
          results.getOrDefault(version, Result.EXAMPLE_PASSED), "told so for " + version);
    }
  }

  @Test
  void run_triesBothEndsAndTheOldBound_andWrites() throws IOException {
    Path pom = write(POM.replace("VERSION", "[0.1.0,1.0)"));
    Told trial = new Told();
    trial.results.put("0.1.0", Result.EXAMPLE_FAILED);

    BumpResult result = MinimumVersionBump.of(pom, LIB, "0.2.0").run(trial);

    assertEquals(List.of("0.2.0", "0.3.0", "0.1.0"), trial.asked);
    assertEquals("0.1.0", result.from());
    assertEquals("0.2.0", result.to());
    assertEquals("0.3.0", result.newest());
    assertTrue(result.needed());
    assertEquals(POM.replace("VERSION", "[0.2.0,1.0)"), Files.readString(pom));
    assertEquals(Digest.of(pom), result.pomDigest());
    ProcessEvent.MinimumVersionBumped event =
        ProcessEvent.MinimumVersionBumped.of("pruning", "ada", result);
    assertEquals("0.2.0", event.to());
  }

  @Test
  void run_exampleHoldsOnTheOldBound_saysThatTheBumpIsNotNeeded() throws IOException {
    Path pom = write(POM.replace("VERSION", "0.1.0"));

    assertFalse(MinimumVersionBump.of(pom, LIB, "0.2.0").run(new Told()).needed());
  }

  @Test
  void run_newestIsTheNewBound_isTriedOnce_andQualifiersAreNoReleases() throws IOException {
    Path pom = write(POM.replace("VERSION", "[0.1.0,1.0.0]"));
    Told trial = new Told();
    trial.offered.addAll(List.of("0.4.0-rc1", "0.5.0-SNAPSHOT", "1.0.1", "2.0.0", "0.3"));

    BumpResult result = MinimumVersionBump.of(pom, LIB, "0.3.0").run(trial);

    assertEquals(List.of("0.3.0", "0.1.0"), trial.asked);
    assertEquals("0.3.0", result.newest());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0.2.0 | NOT_RESOLVED   | the new lower bound 0.2.0 of org.tfmot:tfmot-techniques cannot"
            + " be",
        "0.2.0 | EXAMPLE_FAILED | the example does not hold on the new lower bound 0.2.0",
        "0.3.0 | NOT_RESOLVED   | the newest version in range 0.3.0 of org.tfmot:tfmot-techniques",
        "0.3.0 | EXAMPLE_FAILED | the example does not hold on the newest version in range 0.3.0",
      })
  void run_boundThatDoesNotHold_leavesThePomAsItWas(String version, Result result, String sentence)
      throws IOException {
    Path pom = write(POM.replace("VERSION", "0.1.0"));
    byte[] before = Files.readAllBytes(pom);
    Told trial = new Told();
    trial.results.put(version, result);

    String message =
        assertThrows(
                ProcessRefusedException.class,
                () -> MinimumVersionBump.of(pom, LIB, "0.2.0").run(trial))
            .getMessage();

    assertTrue(message.contains(sentence) && message.contains("told so for"), message);
    assertArrayEquals(before, Files.readAllBytes(pom));
  }

  @Test
  void run_pomChangedMeanwhile_isNotOverwritten() throws IOException {
    Path pom = write(POM.replace("VERSION", "0.1.0"));
    MinimumVersionBump bump = MinimumVersionBump.of(pom, LIB, "0.2.0");
    Files.writeString(pom, "<project/>");

    assertThrows(IOException.class, () -> bump.run(new Told()));

    assertEquals("<project/>", Files.readString(pom));
  }

  @Test
  void edit_keepsCrlfBomCommentsAndOtherEncodings() throws IOException {
    for (Charset charset : List.of(StandardCharsets.UTF_8, StandardCharsets.ISO_8859_1)) {
      String bom = charset.equals(StandardCharsets.UTF_8) ? "\uFEFF" : "";
      String text =
          (bom + POM)
              .replace("UTF-8", charset.name())
              .replace("at least this", "mindestens für Ägypten")
              .replace("\n", "\r\n");
      Path pom = folder.resolve("pom.xml");
      Files.write(pom, text.replace("VERSION", "[0.1, 1.0)").getBytes(charset));

      MinimumVersionBump.of(pom, LIB, "0.2.0").run(new Told());

      assertArrayEquals(
          text.replace("VERSION", "[0.2.0, 1.0)").getBytes(charset), Files.readAllBytes(pom));
    }
  }

  @Test
  void edit_keepsTheFilesPermissions() throws IOException {
    Path pom = write(POM.replace("VERSION", "0.1.0"));
    Object before = Files.readAttributes(pom, "*").get("permissions");

    MinimumVersionBump.of(pom, LIB, "0.2.0").run(new Told());

    assertEquals(before, Files.readAttributes(pom, "*").get("permissions"));
  }

  @Test
  void diff_showsTheOneLine() throws IOException {
    Path pom = write(POM.replace("VERSION", "0.1.0"));

    String diff = MinimumVersionBump.of(pom, LIB, "0.2.0").diff();

    assertEquals(
        """
        --- a/pom.xml
        +++ b/pom.xml
        @@ -13,7 +13,7 @@
             <dependency>
               <groupId>org.tfmot</groupId> <artifactId>tfmot-techniques</artifactId>
               <!-- at least this -->
        -      <version> 0.1.0\t</version>
        +      <version> 0.2.0\t</version>
               <exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>
             </dependency>
           </dependencies>
        """,
        diff);
  }

  @Test
  void diff_twoPlaces_areTwoHunks_andPatchTakesThem() throws Exception {
    String text =
        "<project>\n<dependencyManagement><dependencies>"
            + dependency("0.1.0")
            + "</dependencies></dependencyManagement>\n\n\n\n\n\n\n\n\n<dependencies>"
            + dependency("0.1.0")
            + "</dependencies></project>";
    Path pom = write(text);

    String diff = MinimumVersionBump.of(pom, LIB, "0.2.0").diff();

    assertEquals(2, diff.lines().filter(line -> line.startsWith("@@")).count());
    assertTrue(diff.endsWith("\\ No newline at end of file\n"));
    assertEquals(text.replace("0.1.0", "0.2.0"), apply(text, diff));
  }

  /** A patch program of a few lines: an oracle that knows nothing of how the diff was made. */
  private static String apply(String text, String diff) {
    List<String> lines = new ArrayList<>(List.of(text.split("\n", -1)));
    int at = 0;
    for (String line : diff.lines().skip(2).toList()) {
      if (line.startsWith("@@")) {
        at = Integer.parseInt(line.split("[-,]", -1)[1]) - 1;
      } else if (line.startsWith("+")) {
        lines.add(at++, line.substring(1));
      } else if (line.startsWith("-")) {
        assertEquals(lines.remove(at), line.substring(1));
      } else if (line.startsWith(" ")) {
        assertEquals(lines.get(at++), line.substring(1));
      }
    }
    return String.join("\n", lines);
  }

  @Test
  void property_isWhatChanges_andOthersOfItAreNamed() throws IOException {
    String text =
        POM.replace("VERSION", "${other.version}")
            .replaceFirst("<version>0.1.0", "<version>\\${other.version}")
            .replace(
                "<build><plugins>",
                "<build><plugins><plugin><artifactId>gate-maven-plugin</artifactId>"
                    + "<version>${other.version}</version></plugin>");
    Path pom = write(text);

    BumpResult result = MinimumVersionBump.of(pom, LIB, "0.2.0").run(new Told());

    assertEquals(
        text.replace("<other.version>0.1.0", "<other.version>0.2.0"), Files.readString(pom));
    assertEquals(
        List.of("org.apache.maven.plugins:gate-maven-plugin", "org.tfmot:tfmot-api"),
        result.alsoAffected());
  }

  @Test
  void groupIdOfTheProjectOrItsParent_isFilledIn() throws IOException {
    Path pom =
        write(
            "<project><parent><groupId>org.tfmot</groupId></parent><dependencies>"
                + dependency("0.1.0").replace("org.tfmot", "${project.groupId}")
                + "</dependencies></project>");

    assertEquals("0.2.0", MinimumVersionBump.of(pom, LIB, "0.2.0").run(new Told()).to());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0.1.0     | 0.1.0 | true",
        "0.1.0     | 0.2.0 | false",
        "0.3.0     | 0.2.0 | true",
        "[0.1,0.4) | 0.1.0 | true",
        "[0.1,0.4) | 0.1.1 | false",
        "(,0.4)    | 0.1.0 | false",
      })
  void isRaised_comparesTheLowerBound(String version, String to, boolean raised)
      throws IOException {
    Path pom = write(POM.replace("VERSION", version));
    assertEquals(raised, MinimumVersionBump.isRaised(pom, LIB, to));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0.1.0        | 0.1.0      | is 0.1.0 already; 0.1.0 does not raise it",
        "0.3.0        | 0.2.0      | is 0.3.0 already",
        "[0.1,0.2)    | 0.2.0      | leaves no version in [0.1,0.2)",
        "[0.1,0.2],[0.4,0.5] | 0.2.0 | is no single range",
        "1.0.0-sp1    | 2.0.0      | has a qualifier",
        "1.2.3.4      | 2.0.0      | too many parts",
        "[${low},1.0) | 0.2.0      | has a property in it; put the whole of it in one",
        "[0.1.0)      | 0.2.0      | has one bound and is not closed",
        "${nowhere}   | 2.0.0      | which this POM defines 0 times; bump the POM that defines it",
        "0.1<!-- -->.0| 2.0.0      | is not plain text",
        "<![CDATA[0.1.0]]> | 2.0.0 | is not plain text",
        "0.1.0        | 0.2.0-rc1  | is no release",
        "0.1.0        | 0.2        | is no release",
        "0.1.0        | 0.02.0     | is no release",
      })
  void bumpThatMakesNoSense_isRefused(String version, String to, String sentence)
      throws IOException {
    Path pom = write(POM.replace("VERSION", version));

    String message =
        assertThrows(ProcessRefusedException.class, () -> MinimumVersionBump.of(pom, LIB, to))
            .getMessage();

    assertTrue(message.contains(sentence), message);
  }

  @ParameterizedTest
  @CsvSource({
    "0.1<!-- -->.0, 0.1.0, line 16: the version of org.tfmot:tfmot-techniques is not plain text",
    "${other.version}, <b/>, line 6: the property other.version is not a plain version",
  })
  void refusal_namesTheLine(String version, String other, String sentence) throws IOException {
    String text =
        POM.replace("VERSION", version).replace("<other.version>0.1.0", "<other.version>" + other);
    for (String lineEnd : List.of("\n", "\r\n")) {
      Path pom = write(text.replace("\n", lineEnd));
      refused(pom, LIB, sentence);
    }
  }

  @Test
  void pomThatDoesNotSayTheVersion_isRefused() throws IOException {
    Path pom = write(POM.replace("<version> VERSION\t</version>", ""));
    refused(pom, LIB, "has no version here");
    refused(pom, "org.tfmot:other", "does not depend on org.tfmot:other");
    refused(pom, "tfmot-techniques", "groupId:artifactId is needed");
    String two = dependency("0.1.0") + dependency("0.1.1");
    refused(
        write("<project><dependencies>" + two + "</dependencies></project>"),
        LIB,
        "in several versions: [0.1.0, 0.1.1]");
    refused(write("<project><dependencies>"), LIB, "is no sound POM");
    refused(write("<settings/>"), LIB, "its root is not <project>");
    refused(
        write("<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><project>&e;</project>"),
        LIB,
        "is no sound POM");
    refused(
        Files.writeString(folder.resolve("u.xml"), "<project/>", StandardCharsets.UTF_16),
        LIB,
        "UTF-16");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[0.1,1.0)  | [0.2.0,1.0)",
        "(0.1,1.0]  | [0.2.0,1.0]",
        "[0.1,)     | [0.2.0,)",
        "(,1.0)     | [0.2.0,1.0)",
        "[0.1]      | [0.2.0]",
        "[ 0.1 , 1) | [0.2.0, 1)",
        "0.1        | 0.2.0",
      })
  void requirement_keepsItsUpperBound(String before, String after) throws IOException {
    Path pom = write(POM.replace("VERSION", before));

    MinimumVersionBump.of(pom, LIB, "0.2.0").run(new Told());

    assertEquals(POM.replace("VERSION", after), Files.readString(pom));
  }

  private static void refused(Path pom, String coordinates, String sentence) {
    String message =
        assertThrows(
                ProcessRefusedException.class,
                () -> MinimumVersionBump.of(pom, coordinates, "0.2.0"))
            .getMessage();
    assertTrue(message.contains(sentence), message);
  }

  private static String dependency(String version) {
    return "<dependency><groupId>org.tfmot</groupId><artifactId>tfmot-techniques</artifactId>"
        + "<version>"
        + version
        + "</version></dependency>";
  }

  private Path write(String text) throws IOException {
    return Files.writeString(folder.resolve("pom.xml"), text);
  }
}
