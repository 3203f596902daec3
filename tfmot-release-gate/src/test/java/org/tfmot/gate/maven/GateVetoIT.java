package org.tfmot.gate.maven;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tfmot.gate.maven.SampleRelease.JAR;
import static org.tfmot.gate.maven.SampleRelease.passed;
import static org.tfmot.gate.maven.SampleRelease.refused;
import static org.tfmot.gate.maven.SampleRelease.said;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** The core extension in a build that uploads with the ordinary deploy plugin. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class GateVetoIT {

  private SampleRelease sample;

  @BeforeAll
  void makeProject(@TempDir Path folder) throws Exception {
    sample = new SampleRelease(folder);
    Path extensions = sample.project.resolve(".mvn/extensions.xml");
    Files.createDirectories(extensions.getParent());
    Files.writeString(
        extensions,
        """
        <extensions><extension>
          <groupId>org.tfmot</groupId>
          <artifactId>tfmot-release-gate</artifactId>
          <version>%s</version>
        </extension></extensions>
        """
            .formatted(RealMaven.VERSION));
    sample.commit("with the veto");
  }

  @Test
  @Order(1)
  void ordinaryDeploy_ofAnUngatedBuild_uploadsNothing_alsoWhenToldNotToFail() throws Exception {
    said(
        sample.maven(
            "-Pordinary-deploy",
            "deploy",
            "-fn",
            "-DskipTests",
            "-DaltDeploymentRepository=here::" + sample.released.toUri()),
        "nothing is uploaded: ",
        "is not attested by the release gate");
    sample.nothingIsReleased();
  }

  @Test
  @Order(2)
  void deployFile_ofAnUngatedJar_uploadsNothing() throws Exception {
    refused(
        sample.maven(
            "-N",
            "org.apache.maven.plugins:maven-deploy-plugin:3.1.4:deploy-file",
            "-Pordinary-deploy",
            "-Dfile=" + sample.project.resolve("lib/target/packing-1.0.0.jar"),
            "-DgroupId=example",
            "-DartifactId=packing",
            "-Dversion=1.0.0",
            "-DrepositoryId=here",
            "-Durl=" + sample.released.toUri()),
        "nothing is uploaded: ",
        "is not attested by the release gate");
    sample.nothingIsReleased();
  }

  @Test
  @Order(3)
  void publish_ofAProvenRelease_isLetThrough() throws Exception {
    passed(sample.deploy("release"));

    assertTrue(sample.released().contains(JAR));
  }
}
