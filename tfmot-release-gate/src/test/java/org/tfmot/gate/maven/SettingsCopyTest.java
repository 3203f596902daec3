package org.tfmot.gate.maven;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsCopyTest {

  @TempDir Path folder;

  @Test
  void propertiesOfProfiles_areLeftOut_serversAndRepositoriesStay() throws Exception {
    Path settings = folder.resolve("settings.xml");
    Files.writeString(
        settings,
        """
        <settings>
          <servers><server><id>here</id><password>${env.TOKEN} &amp; ${env.NONE}</password></server></servers>
          <profiles><profile><id>p</id>
            <properties><floor>0.1</floor></properties>
            <repositories><repository><id>r</id><url>file:///r</url></repository></repositories>
          </profile></profiles>
          <activeProfiles><activeProfile>p</activeProfile></activeProfiles>
        </settings>
        """);
    Path copy = SettingsCopy.of(settings, Map.of("TOKEN", "$1 secret"));
    try {
      String text = Files.readString(copy);
      assertFalse(text.contains("floor"), text);
      assertTrue(text.contains("<password>$1 secret &amp; ${env.NONE}</password>"), text);
      assertTrue(text.contains("<url>file:///r</url>"), text);
      assertTrue(text.contains("<activeProfile>p</activeProfile>"), text);
    } finally {
      Files.delete(copy);
    }
  }
}
