package org.tfmot.gate.maven;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.function.Executable;

/** Asserts that a goal, or a part of one, refuses something. */
public final class Refusals {

  private Refusals() {}

  /** Asserts that an action throws, and that the message has a part. */
  public static void assertRefused(Executable action, String part) {
    RuntimeException e = assertThrows(RuntimeException.class, action);
    assertTrue(
        e instanceof IllegalArgumentException || e instanceof IllegalStateException, e.toString());
    assertTrue(String.valueOf(e.getMessage()).contains(part), e.getMessage());
  }
}
