package org.tfmot.techniques.tflite;

import java.util.ArrayDeque;
import java.util.Deque;
import org.bytedeco.javacpp.Pointer;

/** Native resources that live as long as the one that was opened last, which is closed first. */
final class OpenResources implements AutoCloseable {

  private final Deque<Runnable> closers = new ArrayDeque<>();

  /** Takes over a resource. */
  <T extends Pointer> T add(T resource) {
    atClose(resource::close);
    return resource;
  }

  /** Takes over a resource that an action closes. */
  void atClose(Runnable closer) {
    closers.push(closer);
  }

  /** Returns the number of resources that are open. */
  int count() {
    return closers.size();
  }

  @Override
  public void close() {
    while (!closers.isEmpty()) {
      closers.pop().run();
    }
  }
}
