package org.tfmot.officialmodels.progress;

/** Shows nothing. */
final class NoDisplay implements ProgressDisplay {

  @Override
  public void update(long done, String message) {}

  @Override
  public void message(String text) {}

  @Override
  public void event(String text) {}

  @Override
  public void close() {}
}
