package org.tfmot.officialmodels.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongConsumer;

/** Gives the contents that it was told to, one after the other, and then fails. */
final class FakeSource implements DataSource {

  final AtomicInteger fetches = new AtomicInteger();
  final AtomicInteger forgotten = new AtomicInteger();
  private final String name;
  private final PinnedFile file;
  private final Deque<byte[]> contents;

  FakeSource(String name, PinnedFile file, byte[]... contents) {
    this.name = name;
    this.file = file;
    this.contents = new ArrayDeque<>(List.of(contents));
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public PinnedFile file() {
    return file;
  }

  @Override
  public String remedy() {
    return "repair the " + name;
  }

  @Override
  public void forget(Path part) {
    forgotten.incrementAndGet();
  }

  @Override
  public synchronized void fetch(Path part, LongConsumer received) throws IOException {
    fetches.incrementAndGet();
    byte[] content = contents.poll();
    if (content == null) {
      throw new IOException("the " + name + " is out of reach");
    }
    Files.write(part, content);
    received.accept(content.length);
  }
}
