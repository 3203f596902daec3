package org.tfmot.gate.maven.release;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.apache.maven.model.Plugin;
import org.apache.maven.model.PluginExecution;
import org.codehaus.plexus.util.xml.Xpp3Dom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UploadGuardTest {

  private static Plugin plugin(String group, String name, String... phases) {
    Plugin plugin = new Plugin();
    plugin.setGroupId(group);
    plugin.setArtifactId(name);
    for (String phase : phases) {
      PluginExecution execution = new PluginExecution();
      execution.setId("in-" + phase);
      execution.setPhase(phase);
      plugin.addExecution(execution);
    }
    return plugin;
  }

  private static Plugin deploy() {
    return plugin("org.apache.maven.plugins", "maven-deploy-plugin", "deploy");
  }

  private static Xpp3Dom skip(String value) {
    Xpp3Dom configuration = new Xpp3Dom("configuration");
    Xpp3Dom skip = new Xpp3Dom("skip");
    skip.setValue(value);
    configuration.addChild(skip);
    return configuration;
  }

  /** Of the plugin, of its execution, and the property; null is not there. */
  @ParameterizedTest
  @CsvSource(
      nullValues = "null",
      value = {
        "null, null, false, true",
        "null, null, true, false",
        "true, null, false, false",
        "false, null, true, true",
        "true, false, true, true",
        "null, true, false, false"
      })
  void deployPlugin_uploads_unlessTheNearestWordSaysNo(
      @Nullable String plugin, @Nullable String execution, boolean property, boolean uploads) {
    Plugin deploy = deploy();
    if (plugin != null) {
      deploy.setConfiguration(skip(plugin));
    }
    if (execution != null) {
      deploy.getExecutions().get(0).setConfiguration(skip(execution));
    }
    assertEquals(uploads, UploadGuard.problem(deploy, property) != null);
  }

  @Test
  void pluginThatUploadsByItself_isRefused_whereItIsBound() {
    String group = "org.codehaus.mojo";
    assertNotNull(UploadGuard.problem(plugin(group, "wagon-maven-plugin", "deploy"), true));
    assertNull(UploadGuard.problem(plugin(group, "wagon-maven-plugin"), true));
    assertNull(UploadGuard.problem(plugin(group, "wagon-maven-plugin", "none"), true));
    Plugin central = plugin("org.sonatype.central", "central-publishing-maven-plugin");
    central.setExtensions(true);
    assertNotNull(UploadGuard.problem(central, true));
    assertNull(UploadGuard.problem(plugin(group, "exec-maven-plugin", "deploy"), false));
  }

  @ParameterizedTest
  @CsvSource({
    "deploy, true",
    "deploy:deploy, true",
    "deploy:deploy@mine, true",
    "org.apache.maven.plugins:maven-deploy-plugin:3.1.4:deploy, true",
    "org.apache.maven.plugins:maven-deploy-plugin:deploy, true",
    "deploy:deploy-file, false",
    "org.apache.maven.plugins:maven-deploy-plugin:3.1.4:deploy-file, false",
    "verify, false",
    "org.tfmot:tfmot-release-gate:1.0.0:publish, false"
  })
  void goalsThatUploadModules_areTold_byPrefixAndCoordinates(String goal, boolean uploads) {
    assertEquals(uploads, UploadGuard.uploads(goal));
  }

  @ParameterizedTest
  @CsvSource({
    "wagon:upload, true",
    "org.codehaus.mojo:wagon-maven-plugin:2.0.2:upload-single, true",
    "central-publishing:publish, true",
    "org.sonatype.plugins:nexus-staging-maven-plugin:deploy, true",
    "jreleaser:full-release, true",
    "wagon:download, false",
    "jreleaser:config, false",
    "deploy:deploy-file, false",
    "verify, false"
  })
  void goalsOfPluginsWithAnUploadOfTheirOwn_areTold(String goal, boolean uploads) {
    assertEquals(uploads, UploadGuard.isUploader(goal));
  }

  /** With mvn verify it would be out before the gate has decided, and without a deploy. */
  @ParameterizedTest
  @CsvSource({"package, true", "verify, true", "deploy, false", "none, false"})
  void deployPlugin_thatIsBoundToAnEarlierPhase_isTold(String phase, boolean before) {
    Plugin deploy = plugin("org.apache.maven.plugins", "maven-deploy-plugin", phase);
    assertEquals(before, UploadGuard.isBoundBefore(deploy));
  }
}
