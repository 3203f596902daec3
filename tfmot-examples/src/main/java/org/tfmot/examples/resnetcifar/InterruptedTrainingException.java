package org.tfmot.examples.resnetcifar;

/** The job was asked to stop while it trained; the state is saved. */
final class InterruptedTrainingException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  InterruptedTrainingException(String variant, long steps) {
    super(
        "stopped while training %s: %d steps are saved, the same command goes on from there"
            .formatted(variant, steps));
  }
}
