package org.tfmot.officialmodels.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The sections of learning rates. */
class LearningRateConfigTest {

  private static final Experiment<TinyTaskConfig> EXPERIMENT = TinyTaskConfig.experiment();

  @Test
  void polynomial_holdsTheValues_orTakesTheDefaults() {
    String key = "trainer.optimizer_config.learning_rate={type: polynomial, polynomial: ";
    String rest = "},trainer.optimizer_config.warmup={type: null},trainer.train_steps=30";
    LearningRate whole =
        override(
                key
                    + "{initial_learning_rate: 0.1, decay_steps: 10, end_learning_rate: 0.02,"
                    + " power: 2, offset: 4}"
                    + rest)
            .trainerConfig()
            .learningRate();
    assertEquals(0.1, whole.at(4), 1e-12);
    assertEquals(0.04, whole.at(9), 1e-12);
    assertEquals(0.02, whole.at(14), 1e-12);
    LearningRate line =
        override(key + "{initial_learning_rate: 0.3}" + rest).trainerConfig().learningRate();
    assertEquals(0.2, line.at(10), 1e-12);
    assertEquals(0, line.at(30), 1e-12);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{initial_learning_rate: 0} | polynomial.initial_learning_rate must be positive",
        "{initial_learning_rate: 1, decay_steps: 0} | polynomial.decay_steps must be positive",
        "{initial_learning_rate: 1, end_learning_rate: -1} | end_learning_rate must not be neg",
        "{initial_learning_rate: 1, power: 0} | polynomial.power must be positive",
        "{initial_learning_rate: 1, offset: -1} | polynomial.offset must not be negative"
      })
  void polynomial_wrongValues_areNamed(String values, String message) {
    String rate = "{type: polynomial, polynomial: " + values + "}";
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> override("trainer.optimizer_config.learning_rate=" + rate));
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }

  /** Every value of every schedule that there is. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{type: stepwise, stepwise: {boundaries: [5], values: [0.1, null]}} | stepwise.values",
        "{type: stepwise, stepwise: {boundaries: [null], values: [0.1, 1]}} | stepwise.boundaries",
        "{type: stepwise, stepwise: {boundaries: null, values: [0.1, 1]}} | stepwise.boundaries",
        "{type: stepwise, stepwise: {boundaries: [5], values: null}} | stepwise.values",
        "{type: stepwise, stepwise: null} | learning_rate.stepwise must be set",
        "{type: constant, constant: {learning_rate: null}} | constant.learning_rate",
        "{type: cosine_restarts, cosine_restarts: {initial_learning_rate: null,"
            + " first_decay_steps: 1, t_mul: 1, m_mul: 1}} | initial_learning_rate",
        "{type: cosine_restarts, cosine_restarts: {initial_learning_rate: 1,"
            + " first_decay_steps: null, t_mul: 1, m_mul: 1}} | first_decay_steps",
        "{type: cosine_restarts, cosine_restarts: {initial_learning_rate: 1,"
            + " first_decay_steps: 1, t_mul: null, m_mul: 1}} | t_mul",
        "{type: cosine_restarts, cosine_restarts: {initial_learning_rate: 1,"
            + " first_decay_steps: 1, t_mul: 1, m_mul: null}} | m_mul",
        "{type: null} | learning_rate.type must be set",
        "null | learning_rate is a section"
      })
  void learningRate_nullValue_namesTheKey(String rate, String key) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> override("trainer.optimizer_config.learning_rate=" + rate));
    assertTrue(e.getMessage().contains("trainer.optimizer_config.learning_rate"), e.getMessage());
    assertTrue(e.getMessage().contains(key), e.getMessage());
  }

  private static ExperimentConfig<TinyTaskConfig> override(String text) {
    return EXPERIMENT.configure(List.of(), List.of(text));
  }
}
