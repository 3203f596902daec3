package org.tfmot.gate.maven.release;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.maven.AbstractMavenLifecycleParticipant;
import org.apache.maven.MavenExecutionException;
import org.apache.maven.execution.MavenSession;
import org.apache.maven.model.ConfigurationContainer;
import org.apache.maven.model.Plugin;
import org.apache.maven.model.PluginExecution;
import org.apache.maven.project.MavenProject;
import org.apiguardian.api.API;
import org.codehaus.plexus.util.xml.Xpp3Dom;
import org.jspecify.annotations.Nullable;

/**
 * Fails a build before its first module where another plugin than the gate would upload: the gate
 * decides in the last module, when the first ones would be out. It is asked where the gate is a
 * plugin with {@code <extensions>true</extensions>}, or a core extension.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class UploadGuard extends AbstractMavenLifecycleParticipant {

  /** The phase, and the goal by its prefix or coordinates. */
  private static final Pattern DEPLOY =
      Pattern.compile("deploy|(deploy|(.*:)?maven-deploy-plugin(:[^:]+)?):deploy(@.*)?");

  private static final String GATE = "org.tfmot:tfmot-release-gate";
  private static final String DEPLOY_PLUGIN = "org.apache.maven.plugins:maven-deploy-plugin";
  private static final String SKIP = "maven.deploy.skip";

  /** Goals that upload what they find, by prefix or coordinates. */
  private static final Pattern UPLOADS =
      Pattern.compile(
          "(.*:)?(central-publishing|nexus-staging|wagon|jreleaser)(-maven-plugin)?(:[^:]+)?"
              + ":(?!help|list|exist|download|config).*");

  /** Plugins with an upload of their own, which nothing here can see. */
  private static final Set<String> UPLOADERS =
      Set.of(
          "org.sonatype.central:central-publishing-maven-plugin",
          "org.sonatype.plugins:nexus-staging-maven-plugin",
          "org.codehaus.mojo:wagon-maven-plugin",
          "org.jreleaser:jreleaser-maven-plugin");

  @Override
  public void afterProjectsRead(MavenSession session) throws MavenExecutionException {
    List<MavenProject> projects = session.getProjects();
    if (projects.stream().noneMatch(project -> project.getPlugin(GATE) != null)) {
      return;
    }
    for (String goal : session.getGoals()) {
      if (isUploader(goal)) {
        throw new MavenExecutionException(
            "nothing is uploaded: %s would upload what no gate has decided about; gate:publish uploads all modules"
                .formatted(goal),
            projects.get(0).getFile());
      }
    }
    boolean deploys = session.getGoals().stream().anyMatch(UploadGuard::uploads);
    for (MavenProject project : projects) {
      for (Plugin plugin : project.getBuildPlugins()) {
        String problem = problem(plugin, isSkipped(session, project));
        if (problem != null && (deploys || isBoundBefore(plugin))) {
          throw new MavenExecutionException(
              "nothing is uploaded: %s in %s would upload it before the gate in the last module has decided; %s. gate:publish uploads all modules"
                  .formatted(plugin.getArtifactId(), project.getArtifactId(), problem),
              project.getFile());
        }
      }
    }
  }

  /** Returns whether a plugin is bound to an earlier phase than deploy. */
  static boolean isBoundBefore(Plugin plugin) {
    return plugin.getExecutions().stream()
        .map(PluginExecution::getPhase)
        .anyMatch(phase -> phase != null && !phase.equals("none") && !phase.equals("deploy"));
  }

  /** Returns whether a goal of the command line is that of a plugin with an upload of its own. */
  static boolean isUploader(String goal) {
    return UPLOADS.matcher(goal).matches();
  }

  /** Returns whether a phase or goal of the command line uploads what modules are. */
  static boolean uploads(String goal) {
    return DEPLOY.matcher(goal).matches();
  }

  private static boolean isSkipped(MavenSession session, MavenProject project) {
    String own = project.getProperties().getProperty(SKIP);
    return Boolean.parseBoolean(session.getUserProperties().getProperty(SKIP, own));
  }

  /**
   * Returns what to do about a plugin that would upload.
   *
   * @param skipped whether the property of maven-deploy-plugin says that it does nothing
   * @return null if it would not
   */
  static @Nullable String problem(Plugin plugin, boolean skipped) {
    List<PluginExecution> executions =
        plugin.getExecutions().stream()
            .filter(execution -> !"none".equals(execution.getPhase()))
            .toList();
    if (UPLOADERS.contains(plugin.getKey())) {
      return executions.isEmpty() && !plugin.isExtensions()
          ? null
          : "take it out of the builds that the gate publishes";
    }
    if (!plugin.getKey().equals(DEPLOY_PLUGIN)) {
      return null;
    }
    for (PluginExecution execution : executions) {
      String skip = skip(execution);
      skip = skip == null ? skip(plugin) : skip;
      if (skip == null ? !skipped : !Boolean.parseBoolean(skip)) {
        return "set <configuration><skip>true</skip></configuration> for it in the pluginManagement"
            + " of the parent";
      }
    }
    return null;
  }

  private static @Nullable String skip(ConfigurationContainer container) {
    Xpp3Dom configuration = (Xpp3Dom) container.getConfiguration();
    Xpp3Dom skip = configuration == null ? null : configuration.getChild("skip");
    return skip == null ? null : skip.getValue();
  }
}
