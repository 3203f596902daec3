package org.tfmot.officialmodels.progress;

import java.time.Duration;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** A bar that moves in a terminal. */
final class ProgressBarDisplay implements ProgressDisplay {

  private final ProgressBar bar;

  ProgressBarDisplay(String name, ProgressUnit unit, long start, long end) {
    this(name, unit, start, end, new ProgressBarBuilder());
  }

  ProgressBarDisplay(
      String name, ProgressUnit unit, long start, long end, ProgressBarBuilder builder) {
    bar =
        builder
            .setTaskName(name)
            .setUnit(" " + unit.name(), unit.size())
            .setInitialMax(end)
            .startsFrom(start, Duration.ZERO)
            .setStyle(ProgressBarStyle.ASCII)
            .showSpeed()
            .build();
  }

  @Override
  public void update(long done, String message) {
    bar.stepTo(done);
    if (!message.isEmpty()) {
      bar.setExtraMessage(" " + message);
    }
  }

  @Override
  public void message(String text) {
    bar.setExtraMessage(" " + text);
  }

  /** The listener shows the newest result beside the bar. */
  @Override
  public void event(String text) {}

  @Override
  public void close() {
    bar.close();
  }
}
