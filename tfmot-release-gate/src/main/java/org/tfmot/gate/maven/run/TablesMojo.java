package org.tfmot.gate.maven.run;

import java.io.File;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.ResolutionScope;
import org.apiguardian.api.API;
import org.tfmot.gate.claim.BenefitTable;
import org.tfmot.gate.claim.Descriptors;
import org.tfmot.gate.claim.TechniqueDescriptor;
import org.tfmot.gate.maven.AbstractGateMojo;

/** Writes the tables of benefits in Markdown files again, from the claims and their runs. */
@API(status = API.Status.INTERNAL, since = "0.1.0")
@Mojo(
    name = "tables",
    defaultPhase = LifecyclePhase.VERIFY,
    requiresDependencyResolution = ResolutionScope.TEST,
    threadSafe = true)
public final class TablesMojo extends AbstractGateMojo {

  @Override
  protected void act() throws IOException {
    if (tables.isEmpty()) {
      throw new IllegalArgumentException(
          "no file is named to write tables into: -Dgate.tables=README.md");
    }
    List<TechniqueDescriptor> techniques = Descriptors.find(classpath().files());
    for (File file : tables) {
      boolean changed = BenefitTable.update(file.toPath(), techniques, Map.of());
      getLog().info("%s: %s".formatted(file, changed ? "rewritten" : "as it was"));
    }
  }
}
