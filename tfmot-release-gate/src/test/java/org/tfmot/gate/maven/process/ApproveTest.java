package org.tfmot.gate.maven.process;

import static org.tfmot.gate.maven.Refusals.assertRefused;

import org.junit.jupiter.api.Test;

class ApproveTest {

  @Test
  void approve_wrongStep_isRefusedBeforeTheBuildIsLookedAt() {
    ApproveMojo mojo = new ApproveMojo();
    mojo.step = "final";
    assertRefused(mojo::act, "-Dgate.step=final");
  }
}
