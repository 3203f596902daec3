package org.tfmot.officialmodels.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Transfers from a server on this machine that can break off. */
@Timeout(60)
class HttpSourceTest {

  private static final Duration SHORT = Duration.ofMillis(500);

  @TempDir Path folder;

  private final byte[] content = new byte[300_000];
  private final List<String> ranges = new CopyOnWriteArrayList<>();
  private final List<Long> received = new CopyOnWriteArrayList<>();

  private HttpServer server;
  private Path part;

  /** Bytes after which an answer breaks off. */
  private int breakAfter = Integer.MAX_VALUE;

  private boolean knowsRanges = true;
  private int status;

  @BeforeEach
  void start() throws IOException {
    new Random(1).nextBytes(content);
    part = folder.resolve("file.part");
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    String range = exchange.getRequestHeaders().getFirst("Range");
    ranges.add(String.valueOf(range));
    if (status != 0) {
      exchange.sendResponseHeaders(status, -1);
      exchange.close();
      return;
    }
    int from = 0;
    if (range != null && knowsRanges) {
      from = Integer.parseInt(range.replaceAll("bytes=(\\d+)-", "$1"));
      if (from >= content.length) {
        exchange.sendResponseHeaders(416, -1);
        exchange.close();
        return;
      }
      exchange
          .getResponseHeaders()
          .set(
              "Content-Range", "bytes " + from + "-" + (content.length - 1) + "/" + content.length);
    }
    exchange.sendResponseHeaders(range != null && knowsRanges ? 206 : 200, content.length - from);
    int length = Math.min(breakAfter, content.length - from);
    exchange.getResponseBody().write(content, from, length);
    exchange.getResponseBody().flush();
    exchange.close();
  }

  private HttpSource source() {
    return source(SyntheticCifar10.pinned("file", content));
  }

  private HttpSource source(PinnedFile file) {
    String host = server.getAddress().getAddress().getHostAddress();
    int port = server.getAddress().getPort();
    return new HttpSource(
        URI.create("http://" + host + ":" + port + "/file"), file, SHORT, Duration.ofSeconds(5));
  }

  @Test
  void fetch_nothingThere_getsAllAndTellsProgress() throws IOException {
    source().fetch(part, received::add);
    assertArrayEquals(content, Files.readAllBytes(part));
    assertEquals(List.of("null"), ranges);
    assertEquals(received.stream().sorted().toList(), received);
    assertEquals(300_000L, received.get(received.size() - 1));
  }

  @Test
  void fetch_connectionBreaks_continuesWhereItStopped() throws IOException {
    breakAfter = 120_000;
    source().fetch(part, received::add);
    assertArrayEquals(content, Files.readAllBytes(part));
    assertEquals(List.of("null", "bytes=120000-", "bytes=240000-"), ranges);
  }

  @Test
  void fetch_beginningOfAnEarlierProcess_getsTheRestOnly() throws IOException {
    Files.write(part, Arrays.copyOf(content, 100_001));
    source().fetch(part, received::add);
    assertArrayEquals(content, Files.readAllBytes(part));
    assertEquals(List.of("bytes=100001-"), ranges);
    assertTrue(received.get(0) > 100_001, "progress counts from the beginning of the file");
  }

  @Test
  void fetch_serverIgnoresRanges_startsAnew() throws IOException {
    knowsRanges = false;
    Files.write(part, new byte[100]);
    source().fetch(part, received::add);
    assertArrayEquals(content, Files.readAllBytes(part));
  }

  @Test
  void fetch_partLongerThanTheFile_startsAnew() throws IOException {
    Files.write(part, new byte[content.length + 1]);
    source().fetch(part, received::add);
    assertArrayEquals(content, Files.readAllBytes(part));
    assertEquals(List.of("null"), ranges);
  }

  @Test
  void fetch_serverHasLessThanThePart_startsAnewAndTellsTheLengths() throws IOException {
    PinnedFile longer =
        new PinnedFile("file", 400_000, SyntheticCifar10.pinned("x", content).sha256());
    Files.write(part, new byte[350_000]);
    IOException e =
        assertThrows(IOException.class, () -> source(longer).fetch(part, received::add));
    assertTrue(
        e.getMessage().endsWith("has no more than 300,000 of 400,000 bytes"), e.getMessage());
    assertEquals(List.of("bytes=350000-", "null", "bytes=300000-"), ranges);
  }

  @Test
  void fetch_serverHasMore_throws() {
    PinnedFile shorter =
        new PinnedFile("file", 200_000, SyntheticCifar10.pinned("x", content).sha256());
    IOException e =
        assertThrows(IOException.class, () -> source(shorter).fetch(part, received::add));
    assertTrue(e.getMessage().endsWith("is longer than 200,000 bytes"), e.getMessage());
  }

  @Test
  void fetch_notFound_throwsAtOnce() {
    status = 404;
    IOException e = assertThrows(IOException.class, () -> source().fetch(part, received::add));
    assertTrue(e.getMessage().endsWith("answered with HTTP status 404"), e.getMessage());
    assertEquals(1, ranges.size());
  }

  @Test
  void fetch_serverFailsWithAPartThere_keepsThePart() throws IOException {
    status = 503;
    Files.write(part, Arrays.copyOf(content, 1000));
    assertThrows(IOException.class, () -> source().fetch(part, received::add));
    assertEquals(1000, Files.size(part));
  }

  @Test
  void fetch_noServer_throwsSoon() {
    HttpSource source = source();
    server.stop(0);
    assertTimeoutPreemptively(
        Duration.ofSeconds(5),
        () -> assertThrows(IOException.class, () -> source.fetch(part, received::add)));
  }

  @Test
  void fetch_serverNeverAnswers_throwsAfterTheReadTimeout() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      URI uri = URI.create("http://127.0.0.1:%d/file".formatted(silent.getLocalPort()));
      HttpSource source =
          new HttpSource(uri, SyntheticCifar10.pinned("file", content), SHORT, SHORT);
      assertTimeoutPreemptively(
          Duration.ofSeconds(5),
          () -> assertThrows(IOException.class, () -> source.fetch(part, received::add)));
    }
  }

  /** German groups digits with points, Egyptian Arabic has digits of its own. */
  @ParameterizedTest
  @ValueSource(strings = {"de-DE", "ar-EG-u-nu-arab"})
  void fetch_otherLocale_asksAndTellsInTheDigitsOfTheProtocol(String locale) throws IOException {
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag(locale));
    try {
      Files.write(part, Arrays.copyOf(content, 100_001));
      source().fetch(part, received::add);
      assertArrayEquals(content, Files.readAllBytes(part));
      assertEquals(List.of("bytes=100001-"), ranges);
      PinnedFile longer =
          new PinnedFile("file", 400_000, SyntheticCifar10.pinned("x", content).sha256());
      IOException e = assertThrows(IOException.class, () -> longer.check(part));
      assertTrue(e.getMessage().endsWith("has 300,000 bytes instead of 400,000"), e.getMessage());
    } finally {
      Locale.setDefault(before);
    }
  }
}
