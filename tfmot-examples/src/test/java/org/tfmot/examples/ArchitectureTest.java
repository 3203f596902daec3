package org.tfmot.examples;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;

/** Holds the arrows between modules and packages that docs/architecture.md draws. */
@AnalyzeClasses(packages = "org.tfmot", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

  private static final String API_MODULE = "org.tfmot.api..";
  private static final String TECHNIQUES = "org.tfmot.techniques..";
  private static final String FORK = "org.tfmot.officialmodels..";
  private static final String GATE = "org.tfmot.gate..";
  private static final String EXAMPLES = "org.tfmot.examples..";

  /** What is the same to every module: the language, and annotations that leave no code behind. */
  private static final String[] COMMON = {
    "java..", "org.jspecify..", "org.apiguardian..", "com.google.errorprone.annotations.."
  };

  @ArchTest
  static void import_seesTheModules(JavaClasses imported) {
    assertTrue(imported.contain("org.tfmot.api.GraphModel"), "tfmot-api was not imported");
  }

  @ArchTest
  static final ArchRule api_knowsOnlyTensorFlow =
      noClasses()
          .that()
          .resideInAPackage(API_MODULE)
          .should()
          .dependOnClassesThat(
              not(
                  resideInAnyPackage(COMMON)
                      .or(
                          resideInAnyPackage(
                              API_MODULE,
                              "org.tensorflow..",
                              "com.google.protobuf..",
                              "com.google.common..",
                              "com.sun.jna.."))));

  @ArchTest
  static final ArchRule techniques_knowNeitherForkNorGateNorExamples =
      noClasses()
          .that()
          .resideInAPackage(TECHNIQUES)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(FORK, GATE, EXAMPLES);

  @ArchTest
  static final ArchRule fork_knowsNoTechnique =
      noClasses()
          .that()
          .resideInAPackage(FORK)
          .should()
          .dependOnClassesThat()
          .resideInAPackage(TECHNIQUES);

  @ArchTest
  static final ArchRule fork_knowsNeitherGateNorExamples =
      noClasses()
          .that()
          .resideInAPackage(FORK)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(GATE, EXAMPLES);

  @ArchTest
  static final ArchRule releaseGate_knowsNeitherTensorFlowNorTechniques =
      noClasses()
          .that()
          .resideInAPackage(GATE)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.tensorflow..", "org.bytedeco..", TECHNIQUES, FORK, EXAMPLES);

  @ArchTest
  static final ArchRule releaseGate_knowsMavenInOnePackageOnly =
      noClasses()
          .that(resideInAPackage(GATE).and(not(resideInAPackage("org.tfmot.gate.maven.."))))
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.maven..", "org.tfmot.gate.maven..");

  @ArchTest
  static final ArchRule packages_haveNoCycles =
      slices().matching("org.tfmot.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule publicTypes_sayHowStableTheyAre =
      classes()
          .that()
          .resideOutsideOfPackage(EXAMPLES)
          .and()
          .arePublic()
          .and()
          .areTopLevelClasses()
          .should()
          .beAnnotatedWith(API.class);

  @ArchTest
  static final ArchRule publicTypes_saySinceWhen =
      classes().that().areAnnotatedWith(API.class).should(nameTheVersionTheyCameWith());

  private static ArchCondition<JavaClass> nameTheVersionTheyCameWith() {
    return new ArchCondition<>("name the version that they came with") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        String since = type.getAnnotationOfType(API.class).since();
        events.add(
            new SimpleConditionEvent(
                type,
                since.matches("\\d+\\.\\d+\\.\\d+"),
                "%s: since = \"%s\"".formatted(type.getName(), since)));
      }
    };
  }

  /** Types that users are not meant to use are the ones that may change between releases. */
  @ArchTest
  static void internalTypes_areNotComparedWithTheLastRelease(JavaClasses imported)
      throws IOException {
    String pom = Files.readString(Documentation.ROOT.resolve("pom.xml"));
    Set<String> excluded =
        Pattern.compile("<exclude>(org\\.tfmot\\.[\\w.]+)</exclude>")
            .matcher(pom)
            .results()
            .map(exclude -> exclude.group(1))
            // What is gone may be excluded as an intended break.
            .filter(name -> imported.contain(name) || imported.containPackage(name))
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> internal =
        imported.stream()
            .filter(type -> !type.getPackageName().startsWith("org.tfmot.examples"))
            .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
            .filter(type -> type.isTopLevelClass() && type.isAnnotatedWith(API.class))
            .filter(
                type ->
                    type.getAnnotationOfType(API.class).status() == API.Status.INTERNAL
                        || excluded.contains(type.getPackageName()))
            .map(
                type ->
                    excluded.contains(type.getPackageName())
                            && type.getAnnotationOfType(API.class).status() == API.Status.INTERNAL
                        ? type.getPackageName()
                        : type.getName())
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(internal, excluded, "the excludes of japicmp in the root pom.xml");
  }

  @ArchTest
  static void packages_areNullMarked(JavaClasses imported) {
    List<String> unmarked =
        imported.getPackage("org.tfmot").getSubpackagesInTree().stream()
            .filter(javaPackage -> !javaPackage.getClasses().isEmpty())
            .filter(javaPackage -> !javaPackage.isAnnotatedWith(NullMarked.class))
            .map(JavaPackage::getName)
            .sorted()
            .toList();

    assertEquals(List.of(), unmarked, "packages without @NullMarked in their package-info.java");
  }
}
