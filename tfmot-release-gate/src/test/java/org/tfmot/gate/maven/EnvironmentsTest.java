package org.tfmot.gate.maven;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EnvironmentsTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "OMP_NUM_THREADS",
        "TF_ENABLE_ONEDNN_OPTS",
        "TF_NUM_INTRAOP_THREADS",
        "TF_XLA_FLAGS",
        "XLA_FLAGS",
        "CUDA_VISIBLE_DEVICES"
      })
  void steersNumerics_variablesOfKernels(String name) {
    assertTrue(Environments.steersNumerics(name));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"TF_VAR_password", "TF_CLI_CONFIG_FILE", "TF_TOKEN_example", "HOME", "AWS_KEY"})
  void steersNumerics_notWhatMayBeASecretOrAPath(String name) {
    assertFalse(Environments.steersNumerics(name));
  }
}
