package org.tfmot.gate.maven;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The Maven that runs this build, on projects that use the plugin as it was just packaged.
 *
 * <p>It has a local repository of its own, filled from the user's, which is read like a remote one:
 * nothing of this build gets into the user's, and little is downloaded.
 */
final class RealMaven {

  /** What a build came to. */
  record Build(int exit, String output) {

    boolean passed() {
      return exit == 0;
    }

    @Override
    public String toString() {
      return "exit " + exit + "\n" + output;
    }
  }

  static final String VERSION = System.getProperty("it.version", "");

  private static final long LIMIT_MINUTES = 5;

  private final Path folder;
  private final Path settings;

  private RealMaven(Path folder, Path settings) {
    this.folder = folder;
    this.settings = settings;
  }

  /**
   * @param folder for what Maven needs; shared by the tests of a build
   */
  static RealMaven in(Path folder) throws IOException {
    Path staged = folder.resolve("staged");
    Path installed = folder.resolve("repository/org/tfmot");
    if (Files.exists(installed)) {
      // A snapshot of yesterday's build would do for Maven.
      MoreFiles.deleteRecursively(installed, RecursiveDeleteOption.ALLOW_INSECURE);
    }
    stage(staged, "tfmot-release-gate", "jar", Path.of(System.getProperty("it.jar")));
    stage(staged, "tfmot-release-gate", "pom", Path.of("pom.xml"));
    stage(staged, "tfmot-parent", "pom", Path.of("..", "pom.xml"));
    Path settings = folder.resolve("settings.xml");
    String repositories =
        repository("user", Path.of(System.getProperty("it.repository")))
            + repository("staged", staged);
    Files.writeString(
        settings,
        """
        <settings>
          <localRepository>%s</localRepository>
          <profiles><profile>
            <id>repositories</id>
            <repositories>%s</repositories>
            <pluginRepositories>%s</pluginRepositories>
          </profile></profiles>
          <activeProfiles><activeProfile>repositories</activeProfile></activeProfiles>
        </settings>
        """
            .formatted(
                folder.resolve("repository"),
                repositories,
                repositories.replaceAll("(</?)repository>", "$1pluginRepository>")));
    return new RealMaven(folder, settings);
  }

  private static String repository(String id, Path folder) {
    return """
    <repository><id>%s</id><url>%s</url>
      <releases><checksumPolicy>ignore</checksumPolicy></releases>
      <snapshots><enabled>true</enabled><checksumPolicy>ignore</checksumPolicy></snapshots>
    </repository>
    """
        .formatted(id, folder.toUri());
  }

  private static void stage(Path staged, String artifactId, String extension, Path file)
      throws IOException {
    RepositoryFile name = new RepositoryFile("org.tfmot", artifactId, VERSION, "", extension);
    Path target = staged.resolve(name.name());
    Files.createDirectories(target.getParent());
    Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
  }

  /** The folder that it was made in. */
  Path folder() {
    return folder;
  }

  /** Writes a program {@code mvn} that runs this Maven. */
  void writeCommand(Path file) throws IOException {
    Files.writeString(
        file,
        "#!/bin/sh\nexec \"%s/bin/mvn\" -B -ntp -s \"%s\" \"$@\"\n"
            .formatted(System.getProperty("it.maven.home"), settings));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** Builds a project. */
  Build run(Path project, String... arguments) throws IOException, InterruptedException {
    boolean windows = System.getProperty("os.name").startsWith("Windows");
    List<String> command = new ArrayList<>();
    command.add(
        Path.of(System.getProperty("it.maven.home"), "bin", windows ? "mvn.cmd" : "mvn")
            .toString());
    command.addAll(List.of("-B", "-ntp", "-s", settings.toString()));
    command.addAll(List.of(arguments));
    Path log = Files.createTempFile("maven", ".log");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(project.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().keySet().removeAll(List.of("MAVEN_OPTS", "MAVEN_ARGS"));
    Process process = builder.start();
    try {
      if (!process.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES)) {
        throw new IOException("Maven is still running: " + Files.readString(log));
      }
      return new Build(process.exitValue(), Files.readString(log, StandardCharsets.UTF_8));
    } finally {
      process.destroyForcibly();
      Files.deleteIfExists(log);
    }
  }
}
