package org.tfmot.techniques.testing;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.function.Executable;

/** Errors that say what is wrong. */
public final class Refusals {

  private Refusals() {}

  /** Verifies that something is no valid argument, and that the message says each of some words. */
  public static void assertRefused(Executable action, String... words) {
    assertRefused(IllegalArgumentException.class, action, words);
  }

  /** The same for another exception. */
  public static void assertRefused(
      Class<? extends Exception> type, Executable action, String... words) {
    String message = String.valueOf(assertThrows(type, action).getMessage());
    for (String word : words) {
      assertTrue(message.contains(word), message);
    }
  }
}
