package org.tfmot.officialmodels.data;

import static java.net.HttpURLConnection.HTTP_OK;
import static java.net.HttpURLConnection.HTTP_PARTIAL;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Locale;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A file on a web server. A transfer that breaks off is continued where it stopped (RFC 9110,
 * section 14: range requests), in this process or in a later one.
 */
record HttpSource(URI uri, PinnedFile file, Duration connectTimeout, Duration readTimeout)
    implements DataSource {

  private static final int RANGE_NOT_SATISFIABLE = 416;

  /** Number of times in a row that a connection may break without having gained a byte. */
  private static final int FRUITLESS_ATTEMPTS = 2;

  HttpSource(URI uri, PinnedFile file) {
    this(uri, file, Duration.ofSeconds(5), Duration.ofSeconds(30));
  }

  @Override
  public String name() {
    return uri.toString();
  }

  @Override
  public String remedy() {
    return "allow connections to " + uri.getHost();
  }

  @Override
  public void fetch(Path part, LongConsumer received) throws IOException {
    boolean again = false;
    int fruitless = 0;
    while (length(part) != file.size()) {
      long before = length(part);
      try {
        transfer(part, before, received);
      } catch (RangeRefusedException e) {
        // What there is cannot be a beginning of what the server has.
        if (again) {
          throw e;
        }
        again = true;
        Files.delete(part);
      } catch (IOException e) {
        // Nothing at all came: the server is out of reach, and the next source should have its
        // turn soon.
        boolean began = length(part) > 0;
        fruitless = length(part) > before ? 0 : fruitless + 1;
        if (!began || fruitless == FRUITLESS_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private void transfer(Path part, long have, LongConsumer received) throws IOException {
    HttpURLConnection connection = connect(have);
    try {
      int status = connection.getResponseCode();
      if (status == RANGE_NOT_SATISFIABLE && have > 0) {
        throw new RangeRefusedException(
            String.format(
                Locale.ROOT, "%s has no more than %,d of %,d bytes", uri, have, file.size()));
      }
      boolean resumed = status == HTTP_PARTIAL && startsAt(connection, have);
      if (!resumed && status != HTTP_OK) {
        throw new IOException(
            String.format(Locale.ROOT, "%s answered with HTTP status %d", uri, status));
      }
      try (InputStream in = connection.getInputStream();
          OutputStream out = open(part, resumed)) {
        copy(in, out, resumed ? have : 0, received);
      }
    } finally {
      connection.disconnect();
    }
  }

  private static OutputStream open(Path part, boolean append) throws IOException {
    return append
        ? Files.newOutputStream(part, StandardOpenOption.APPEND)
        : Files.newOutputStream(part);
  }

  private HttpURLConnection connect(long have) throws IOException {
    URLConnection connection = uri.toURL().openConnection();
    if (!(connection instanceof HttpURLConnection http)) {
      throw new IOException("%s is not an HTTP address".formatted(uri));
    }
    http.setConnectTimeout((int) connectTimeout.toMillis());
    http.setReadTimeout((int) readTimeout.toMillis());
    // A compressed answer would make the ranges mean something else.
    http.setRequestProperty("Accept-Encoding", "identity");
    if (have > 0) {
      http.setRequestProperty("Range", String.format(Locale.ROOT, "bytes=%d-", have));
    }
    return http;
  }

  private static boolean startsAt(HttpURLConnection connection, long offset) {
    @Nullable String range = connection.getHeaderField("Content-Range");
    return range != null && range.startsWith(String.format(Locale.ROOT, "bytes %d-", offset));
  }

  private void copy(InputStream in, OutputStream out, long start, LongConsumer received)
      throws IOException {
    byte[] buffer = new byte[1 << 16];
    long total = start;
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      if (total + n > file.size()) {
        throw new IOException(
            String.format(Locale.ROOT, "%s is longer than %,d bytes", uri, file.size()));
      }
      out.write(buffer, 0, n);
      total += n;
      received.accept(total);
    }
    if (total < file.size()) {
      throw new IOException(
          String.format(Locale.ROOT, "%s ended after %,d of %,d bytes", uri, total, file.size()));
    }
  }

  /** A part that is longer than the file is of no use, so it counts as none. */
  private long length(Path part) throws IOException {
    if (!Files.exists(part)) {
      return 0;
    }
    long length = Files.size(part);
    if (length > file.size()) {
      Files.delete(part);
      return 0;
    }
    return length;
  }

  /** The server has nothing after what there is already. */
  private static final class RangeRefusedException extends IOException {
    private static final long serialVersionUID = 1;

    RangeRefusedException(String message) {
      super(message);
    }
  }
}
