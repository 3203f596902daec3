package org.tfmot.examples.programs;

/** A small program as a user writes it, which judges its own result. */
interface UserProgram {

  /**
   * Runs the program.
   *
   * @throws AssertionError if the result is wrong
   * @throws Exception if the library fails where it should not
   */
  void check() throws Exception;
}
