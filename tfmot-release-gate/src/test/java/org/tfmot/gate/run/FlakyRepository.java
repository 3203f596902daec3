package org.tfmot.gate.run;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;

/** A repository of files behind a server that can fail. */
final class FlakyRepository implements AutoCloseable {

  private final Path files;
  private final HttpServer server;
  private volatile boolean fails;

  FlakyRepository(Path files) throws IOException {
    this.files = files;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
  }

  URI uri() {
    return URI.create("http://127.0.0.1:%d/".formatted(server.getAddress().getPort()));
  }

  /** From now on it answers with an error of its own. */
  void fail() {
    fails = true;
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      Path file = files.resolve(exchange.getRequestURI().getPath().substring(1));
      if (fails) {
        exchange.sendResponseHeaders(500, -1);
      } else if (!Files.isRegularFile(file)) {
        exchange.sendResponseHeaders(404, -1);
      } else {
        byte[] bytes = Files.readAllBytes(file);
        exchange.sendResponseHeaders(200, bytes.length);
        exchange.getResponseBody().write(bytes);
      }
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
