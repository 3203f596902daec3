package org.tfmot.gate.run;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Empties a stream of a process as fast as it is filled, so that the process never waits. */
final class OutputPump implements Runnable {

  /** Takes the lines that are reports. */
  interface Reports {

    /** Takes none. */
    Reports NONE = line -> false;

    /**
     * Takes a line.
     *
     * @return whether it was a report; it then does not go to the log
     */
    boolean take(String line) throws IOException;

    /**
     * Takes the beginning of a line that is longer than any report, which goes to the log.
     *
     * @param beginning as much of it as a report may be long
     */
    default void tooLong(String beginning) {}
  }

  /** No report is longer; longer lines go to the log in pieces. */
  private static final int LONGEST_LINE = 1 << 14;

  private final InputStream in;
  private final BoundedLog log;
  private final Reports reports;
  private final byte[] line = new byte[LONGEST_LINE];
  private int length;
  private boolean tooLong;
  private volatile @Nullable IOException failure;

  OutputPump(InputStream in, BoundedLog log, Reports reports) {
    this.in = in;
    this.log = log;
    this.reports = reports;
  }

  /** Returns the error by which log or reports could not be written; null if they could. */
  @Nullable IOException failure() {
    return failure;
  }

  @Override
  public void run() {
    byte[] buffer = new byte[1 << 16];
    try (in) {
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        take(buffer, count);
      }
      if (failure == null) {
        end(false);
      }
    } catch (IOException e) {
      // The stream was closed under us after the process had ended: nothing is left to read.
      Thread.currentThread().interrupt();
    }
  }

  /** After a failure the stream is still emptied: a full disk must not look like a broken run. */
  private void take(byte[] buffer, int count) {
    if (failure != null) {
      return;
    }
    try {
      if (reports == Reports.NONE) {
        log.write(buffer, 0, count);
      } else {
        split(buffer, count);
      }
    } catch (IOException e) {
      failure = e;
    }
  }

  private void split(byte[] buffer, int count) throws IOException {
    for (int i = 0; i < count; i++) {
      if (buffer[i] == '\n') {
        end(true);
      } else {
        if (length == LONGEST_LINE) {
          if (!tooLong) {
            reports.tooLong(text());
          }
          log.write(line, 0, length);
          length = 0;
          tooLong = true;
        }
        line[length++] = buffer[i];
      }
    }
  }

  private void end(boolean newline) throws IOException {
    boolean report = !tooLong && length > 0 && mayBeReport() && reports.take(text());
    if (!report) {
      log.write(line, 0, length);
      if (newline) {
        log.write(new byte[] {'\n'}, 0, 1);
      }
    }
    length = 0;
    tooLong = false;
  }

  private String text() {
    return new String(line, 0, length, StandardCharsets.UTF_8);
  }

  /** Spares the parsing of ordinary lines. */
  private boolean mayBeReport() {
    for (int i = 0; i < length; i++) {
      if (line[i] == '{') {
        return true;
      }
    }
    return false;
  }
}
