package org.tfmot.gate.run;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** A log that keeps its beginning and its end: no flood of a run fills disk or memory. */
final class BoundedLog implements Closeable {

  static final int HEAD = 4 << 20;
  static final int TAIL = 1 << 20;

  private final OutputStream out;
  private byte[] tail = new byte[0];
  private long written;

  BoundedLog(Path file) throws IOException {
    out = Files.newOutputStream(file);
  }

  synchronized void write(byte[] bytes, int offset, int length) throws IOException {
    int direct = (int) Math.min(length, Math.max(0, HEAD - written));
    out.write(bytes, offset, direct);
    written += direct;
    if (direct < length && tail.length == 0) {
      tail = new byte[TAIL];
    }
    int from = offset + direct;
    int left = length - direct;
    while (left > 0) {
      int position = (int) ((written - HEAD) % TAIL);
      int count = Math.min(left, TAIL - position);
      System.arraycopy(bytes, from, tail, position, count);
      written += count;
      from += count;
      left -= count;
    }
  }

  @Override
  public synchronized void close() throws IOException {
    try (out) {
      long more = written - HEAD;
      if (more > TAIL) {
        String gap = "%n... %,d bytes left out ...%n".formatted(more - TAIL);
        out.write(gap.getBytes(StandardCharsets.UTF_8));
        int oldest = (int) (more % TAIL);
        out.write(tail, oldest, TAIL - oldest);
        out.write(tail, 0, oldest);
      } else if (more > 0) {
        out.write(tail, 0, (int) more);
      }
    }
  }
}
